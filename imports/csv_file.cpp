#include "imports/csv_parser.hpp"
#include "imports/list_file.hpp"
#include "imports/text_encoding.hpp"

#include <array>
#include <fstream>

namespace evs::imports {

namespace {

constexpr std::size_t piece_size = 256 * 1024;

failure unreadable() { return {errc::invalid_input, "Le fichier ne peut pas être lu.", {}}; }

class csv_file : public row_source {
public:
  result<done> open(const std::filesystem::path& name) {
    file_.open(name, std::ios::binary);
    if (!file_)
      return unreadable();
    encoding_detector detector;
    while (const auto piece = read()) {
      detector.feed({bytes_.data(), piece});
      size_ += piece;
    }
    encoding_ = detector.verdict();
    if (auto again = restart(); !again)
      return again.error();
    refill();
    separator_ = declared_separator(text_);
    declared_ = separator_ != 0;
    if (!declared_)
      separator_ = detect_separator(text_);
    return restart();
  }

  result<bool> next(source_row& out) override {
    for (;;) {
      switch (parser_.next(out)) {
      case csv_parser::step::row:
        if (declared_ && out.line == 1)
          break;
        if (out.blank() && out.problem.empty())
          break;
        return true;
      case csv_parser::step::more: refill(); break;
      case csv_parser::step::end: return false;
      case csv_parser::step::broken: return parser_.why();
      }
    }
  }

  result<done> restart() override {
    file_.clear();
    file_.seekg(0);
    if (!file_)
      return unreadable();
    read_ = 0;
    decoder_ = text_decoder{encoding_};
    parser_ = csv_parser{separator_};
    text_.clear();
    parser_.feed(text_, false);
    return done{};
  }

  double part_read() const override { return size_ == 0 ? 1.0 : static_cast<double>(read_) / static_cast<double>(size_); }

  std::string description() const override {
    const std::string shown = separator_ == '\t' ? "tabulation" : "« " + std::string(1, separator_) + " »";
    return "CSV, séparateur " + shown + ", " + std::string{to_string(encoding_)};
  }

private:
  std::size_t read() {
    file_.read(bytes_.data(), static_cast<std::streamsize>(bytes_.size()));
    return static_cast<std::size_t>(file_.gcount());
  }

  void refill() {
    const auto piece = read();
    read_ += piece;
    text_.clear();
    decoder_.decode({bytes_.data(), piece}, piece == 0, text_);
    parser_.feed(text_, piece == 0);
  }

  std::ifstream file_;
  std::vector<char> bytes_ = std::vector<char>(piece_size);
  std::string text_;
  std::uint64_t size_ = 0;
  std::uint64_t read_ = 0;
  encoding encoding_ = encoding::utf8;
  text_decoder decoder_{encoding::utf8};
  char separator_ = ';';
  bool declared_ = false;
  csv_parser parser_{';'};
};

} // namespace

result<std::unique_ptr<row_source>> open_csv(const std::filesystem::path& name) {
  auto file = std::make_unique<csv_file>();
  if (auto opened = file->open(name); !opened)
    return opened.error();
  return std::unique_ptr<row_source>{std::move(file)};
}

result<std::unique_ptr<row_source>> open_list(const std::filesystem::path& name, const workbook_limits& limits) {
  std::array<char, 8> begin{};
  std::ifstream file{name, std::ios::binary};
  if (!file)
    return unreadable();
  file.read(begin.data(), begin.size());
  const std::string_view head{begin.data(), static_cast<std::size_t>(file.gcount())};
  if (head.empty())
    return failure{errc::invalid_input, "Le fichier est vide.", {}};
  if (head.starts_with("PK\x03\x04") || head.starts_with("PK\x05\x06"))
    return open_xlsx(name, limits);
  // The container of old workbooks (.xls) and of encrypted ones.
  if (head == std::string_view{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8})
    return failure{errc::invalid_input, "Ce classeur est protégé par un mot de passe ou dans l'ancien format .xls : enregistrez-le en .xlsx ou en CSV.", {}};
  return open_csv(name);
}

} // namespace evs::imports
