#include "imports/list_file.hpp"
#include "imports/xlsx_parts.hpp"
#include "imports/zip_archive.hpp"

#include <algorithm>
#include <vector>

namespace evs::imports {

namespace {

constexpr std::size_t piece_size = 64 * 1024;

failure no_workbook() { return {errc::invalid_input, "Ce fichier n'est pas un classeur XLSX.", {}}; }

class xlsx_file : public row_source {
public:
  xlsx_file(zip_archive archive, string_shelf strings, workbook_limits limits)
      : archive_(std::move(archive)), strings_(std::move(strings)), limits_(limits) {}

  result<done> open() {
    relations top;
    if (auto read = read_part("_rels/.rels", top, limits_.small_part); !read)
      return read.error();
    const auto book = resolve_target("", top.of_type("/officeDocument").value_or("xl/workbook.xml"));
    workbook_part workbook;
    if (auto read = read_part(book, workbook, limits_.small_part); !read)
      return read.error();
    since_1904_ = workbook.since_1904;
    sheet_name_ = workbook.sheet_name;
    const auto slash = book.rfind('/');
    const auto folder = slash == std::string::npos ? std::string{} : book.substr(0, slash + 1);
    relations inner;
    if (auto read = read_part(folder + "_rels/" + book.substr(folder.size()) + ".rels", inner, limits_.small_part); !read)
      return read.error();
    const auto sheet = inner.by_id.find(workbook.sheet_relation);
    if (sheet == inner.by_id.end())
      return failure{errc::invalid_input, "Le classeur ne contient aucune feuille.", {}};
    sheet_ = resolve_target(book, sheet->second.path);
    if (auto styles = inner.of_type("/styles"))
      if (auto read = read_part(resolve_target(book, *styles), styles_, limits_.small_part); !read)
        return read.error();
    if (auto texts = inner.of_type("/sharedStrings"))
      if (auto read = read_strings(resolve_target(book, *texts)); !read)
        return read.error();
    return restart();
  }

  result<bool> next(source_row& out) override {
    for (;;) {
      if (auto* row = rows_->next()) {
        std::swap(out, *row);
        return true;
      }
      if (rows_->problem)
        return *rows_->problem;
      if (ended_)
        return false;
      auto fed = feed(*part_, *xml_, ended_);
      if (!fed)
        return fed.error();
    }
  }

  result<done> restart() override {
    auto part = archive_.part(sheet_);
    if (!part)
      return part.error().code == errc::not_found ? failure{errc::invalid_input, "Le classeur ne contient pas sa première feuille.", {}}
                                                  : part.error();
    part_ = std::make_unique<zip_part>(std::move(part.value()));
    rows_ = std::make_unique<sheet_part>(
      sheet_part::context{&strings_, &styles_, since_1904_, limits_.columns, limits_.rows});
    xml_ = std::make_unique<xml_stream>(*rows_, limits_.depth);
    ended_ = false;
    return done{};
  }

  double part_read() const override {
    const auto all = static_cast<double>(part_->declared_size());
    return all <= 0 ? 1.0 : std::min(1.0, static_cast<double>(part_->bytes_read()) / all);
  }

  std::string description() const override { return "XLSX, feuille « " + sheet_name_ + " »"; }

private:
  /// One piece of a part to its listener.
  result<done> feed(zip_part& from, xml_stream& to, bool& ended) {
    auto got = from.read(piece_);
    if (!got)
      return got.error();
    ended = *got == 0;
    return to.feed({piece_.data(), *got}, ended);
  }

  /// A whole part of at most so many bytes; one that isn't there is no workbook's.
  result<done> read_part(const std::string& name, xml_listener& to, std::uint64_t most) {
    auto part = archive_.part(name);
    if (!part)
      return part.error().code == errc::not_found ? no_workbook() : part.error();
    xml_stream xml{to, limits_.depth};
    for (bool ended = false; !ended;) {
      if (auto fed = feed(part.value(), xml, ended); !fed)
        return fed.error();
      if (part->bytes_read() > most)
        return failure{errc::too_large, "Le classeur contient une description plus grande que permis ; il est refusé.", {}};
    }
    return done{};
  }

  result<done> read_strings(const std::string& name) {
    shared_strings_part texts{strings_};
    if (auto read = read_part(name, texts, limits_.unpacked); !read)
      return read.error();
    if (texts.problem)
      return *texts.problem;
    return strings_.seal();
  }

  zip_archive archive_;
  string_shelf strings_;
  workbook_limits limits_;
  styles_part styles_;
  bool since_1904_ = false;
  std::string sheet_;
  std::string sheet_name_;
  std::vector<char> piece_ = std::vector<char>(piece_size);
  std::unique_ptr<zip_part> part_;
  std::unique_ptr<sheet_part> rows_;
  std::unique_ptr<xml_stream> xml_;
  bool ended_ = false;
};

} // namespace

result<std::unique_ptr<row_source>> open_xlsx(const std::filesystem::path& name, const workbook_limits& limits) {
  auto archive = zip_archive::open(name, limits);
  if (!archive)
    return archive.error();
  auto folder = name.parent_path();
  auto strings = string_shelf::make(folder.empty() ? std::filesystem::path{"."} : folder);
  if (!strings)
    return strings.error();
  auto file = std::make_unique<xlsx_file>(std::move(archive.value()), std::move(strings.value()), limits);
  if (auto opened = file->open(); !opened)
    return opened.error();
  return std::unique_ptr<row_source>{std::move(file)};
}

} // namespace evs::imports
