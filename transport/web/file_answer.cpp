#include "transport/web/file_answer.hpp"

#include "transport/web/answers.hpp"
#include "transport/web/utf8.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace evs::web {

namespace {

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string etag_of(const struct stat& file) {
  std::string text{'"'};
  for (auto part : {static_cast<std::uint64_t>(file.st_ino), static_cast<std::uint64_t>(file.st_size),
                    static_cast<std::uint64_t>(file.st_mtim.tv_sec), static_cast<std::uint64_t>(file.st_mtim.tv_nsec)}) {
    char hex[17];
    auto end = std::to_chars(hex, hex + sizeof hex, part, 16).ptr;
    if (text.size() > 1) text += '-';
    text.append(hex, end);
  }
  return text + '"';
}

/// The ETag that the route gave, or one of the file's own.
std::string settle_etag(response& made, const struct stat& file) {
  for (const auto& [name, value] : made.headers)
    if (name == "ETag") return value;
  return made.headers.emplace_back("ETag", etag_of(file)).second;
}

bool plain_in_name(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view{"!#$&+-.^_`|~"}.find(static_cast<char>(c)) != std::string_view::npos;
}

} // namespace

wanted_bytes read_range(std::string_view header, std::uint64_t size) {
  constexpr std::string_view unit = "bytes=";
  if (!header.starts_with(unit)) return whole_file{};
  header.remove_prefix(unit.size());
  auto dash = header.find('-');
  if (dash == std::string_view::npos) return whole_file{};
  auto first = number(header.substr(0, dash)), last = number(header.substr(dash + 1));
  const bool from_end = dash == 0;
  if (from_end ? !last : (!first || (!last && dash + 1 != header.size()))) return whole_file{};
  if (from_end) {
    auto length = std::min(*last, size);
    return length == 0 ? wanted_bytes{no_such_range{}} : byte_range{size - length, length};
  }
  if (last && *last < *first) return whole_file{};
  if (*first >= size) return no_such_range{};
  return byte_range{*first, std::min(last.value_or(size - 1), size - 1) - *first + 1};
}

std::string content_disposition(std::string_view save_as) {
  if (save_as.empty()) return "inline";
  std::string plain, full;
  bool exact = true;
  constexpr std::string_view digits = "0123456789ABCDEF";
  while (!save_as.empty()) {
    auto length = utf8_sequence(save_as);
    auto c = static_cast<unsigned char>(save_as.front());
    bool simple = length == 1 && c >= 0x20 && c != 0x7f && std::string_view{"\"\\%/"}.find(save_as.front()) == std::string_view::npos;
    plain += simple ? save_as.front() : '_';
    exact &= simple;
    for (auto byte : save_as.substr(0, length)) {
      auto b = static_cast<unsigned char>(byte);
      if (plain_in_name(b)) full += byte;
      else ((full += '%') += digits[b >> 4]) += digits[b & 15];
    }
    save_as.remove_prefix(std::max<std::size_t>(length, 1));
  }
  auto out = "attachment; filename=\"" + plain + '"';
  return exact ? out : out + "; filename*=UTF-8''" + full;
}

open_file::~open_file() { close(fd_); }

std::size_t open_file::read(std::span<char> room) {
  auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(room.size(), left_));
  if (wanted == 0) return 0;
  auto got = pread(fd_, room.data(), wanted, static_cast<off_t>(at_));
  if (got <= 0) return 0;
  at_ += static_cast<std::uint64_t>(got);
  left_ -= static_cast<std::uint64_t>(got);
  return static_cast<std::size_t>(got);
}

std::unique_ptr<open_file> open_answer(const request& what, response& made) {
  const auto file = made.file;
  const auto missing = [&]() -> std::unique_ptr<open_file> {
    made = refusal({errc::not_found, "Ce fichier n'existe plus.", {}});
    return nullptr;
  };
  // A link could lead anywhere; a pipe would hold the loop.
  int fd = open(file->path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  struct stat about {};
  if (fd < 0) return missing();
  auto opened = std::make_unique<open_file>(fd);
  if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) return missing();
  const auto size = static_cast<std::uint64_t>(about.st_size);
  const auto etag = settle_etag(made, about);
  made.headers.emplace_back("Accept-Ranges", "bytes");
  const auto known = what.header("if-none-match");
  if (known == "*" || known.find(etag) != std::string_view::npos) {
    made.status = 304;
    made.content_type.clear();
    return nullptr;
  }
  // An If-Range that is no present ETag (a date, an older one) means: everything, if it has changed.
  const auto same_as = what.header("if-range");
  auto part = same_as.empty() || same_as == etag ? read_range(what.header("range"), size) : wanted_bytes{whole_file{}};
  if (std::holds_alternative<no_such_range>(part)) {
    made = refusal({errc::invalid_input, "Cette partie du fichier n'existe pas.", {}});
    made.status = 416;
    made.headers.emplace_back("Content-Range", "bytes */" + std::to_string(size));
    return nullptr;
  }
  made.content_type = file->content_type;
  made.headers.emplace_back("Content-Disposition", content_disposition(file->save_as));
  byte_range sent{0, size};
  if (auto range = std::get_if<byte_range>(&part)) {
    sent = *range;
    made.status = 206;
    made.headers.emplace_back("Content-Range", "bytes " + std::to_string(sent.first) + '-' +
                                                   std::to_string(sent.first + sent.length - 1) + '/' + std::to_string(size));
  }
  opened->narrow(sent);
  return opened;
}

} // namespace evs::web
