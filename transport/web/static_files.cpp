#include "transport/web/static_files.hpp"

#include "transport/web/answers.hpp"
#include "transport/web/secrets.hpp"

#include <array>
#include <fstream>
#include <iterator>

namespace evs::web {

namespace {

constexpr std::uintmax_t largest_file = 32 * 1024 * 1024;

constexpr std::array<std::pair<std::string_view, std::string_view>, 17> types{{
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".webp", "image/webp"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".woff", "font/woff"},
    {".txt", "text/plain; charset=utf-8"},
    {".mp3", "audio/mpeg"},
    {".wav", "audio/wav"},
    {".webmanifest", "application/manifest+json"},
    {".map", "application/json"},
}};

std::string type_of(const std::string& extension) {
  for (const auto& [known, type] : types)
    if (extension == known) return std::string{type};
  return "application/octet-stream";
}

bool is_listed(std::string_view header, std::string_view etag) {
  return header == "*" || header.find(etag) != std::string_view::npos;
}

} // namespace

std::shared_ptr<const static_files::table> static_files::read(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  auto out = std::make_shared<table>();
  std::error_code ec;
  fs::recursive_directory_iterator entries{folder, ec};
  for (; !ec && entries != fs::recursive_directory_iterator{}; entries.increment(ec)) {
    const auto& entry = *entries;
    // A hidden file or a link (which may lead anywhere) is not part of the dashboard.
    bool hidden = entry.path().filename().string().starts_with('.');
    if (hidden && entry.is_directory()) entries.disable_recursion_pending();
    if (hidden || entry.is_symlink() || !entry.is_regular_file() || entry.file_size() > largest_file) continue;
    std::ifstream in{entry.path(), std::ios::binary};
    auto content =
        std::make_shared<const std::string>(std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{});
    auto path = "/" + entry.path().lexically_relative(folder).generic_string();
    bool immutable = path.starts_with("/assets/") && path.find('-') != std::string::npos;
    auto etag = '"' + sha256_hex(*content).substr(0, 20) + '"';
    out->emplace(path,
                 file{std::move(content), type_of(entry.path().extension().string()), std::move(etag), immutable});
  }
  return out;
}

std::shared_ptr<const static_files::table> static_files::current(const std::filesystem::path& folder) {
  std::lock_guard lock(mutex_);
  auto now = std::chrono::steady_clock::now();
  if (table_ && folder == folder_ && now - looked_ < std::chrono::seconds{2}) return table_;
  std::error_code ec;
  auto stamp = std::filesystem::last_write_time(folder / "index.html", ec);
  if (!table_ || folder != folder_ || stamp != stamp_) table_ = read(folder);
  folder_ = folder;
  stamp_ = stamp;
  looked_ = now;
  return table_;
}

response static_files::find(const request& what, const std::filesystem::path& folder) {
  const auto missing = refusal({errc::not_found, "Cette adresse n'existe pas.", {}});
  auto path = percent_decode(what.path);
  if (folder.empty() || !path) return missing;
  auto files = current(folder);
  if (*path == "/") *path = "/index.html";
  auto found = files->find(*path);
  // The application's own paths have no dot in their last part; a missing asset must not be answered with a page.
  if (found == files->end() && path->find('.', path->rfind('/')) == std::string::npos)
    found = files->find("/index.html");
  if (found == files->end()) return missing;
  const auto& f = found->second;
  response answer;
  answer.headers = {{"ETag", f.etag},
                    {"Cache-Control", f.immutable ? "public, max-age=31536000, immutable" : "no-cache"}};
  if (is_listed(what.header("if-none-match"), f.etag)) {
    answer.status = 304;
    answer.content_type.clear();
    return answer;
  }
  answer.content_type = f.type;
  answer.shared_body = f.content;
  return answer;
}

} // namespace evs::web
