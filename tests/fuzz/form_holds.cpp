#include "tests/fuzz/form_holds.hpp"

#include "transport/web/multipart.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace evs::fuzz {

namespace {

constexpr web::multipart_limits limits{4, 200, 300};

void must(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

result<std::vector<web::form_part>> in_pieces(std::string_view body, std::size_t piece) {
  web::multipart_reader reader{"b", limits};
  for (; !body.empty(); body.remove_prefix(std::min(piece, body.size()))) reader.feed(body.substr(0, piece));
  return reader.finish();
}

bool same(const web::form_part& a, const web::form_part& b) {
  return a.name == b.name && a.file_name == b.file_name && a.content_type == b.content_type && a.offset == b.offset && a.size == b.size &&
         a.value == b.value;
}

void check_part(const web::form_part& part, std::string_view body) {
  must(part.offset <= body.size() && part.size <= body.size() - part.offset, "a part lies in the body");
  const auto content = body.substr(static_cast<std::size_t>(part.offset), static_cast<std::size_t>(part.size));
  must(content.find("\r\n--b") == std::string_view::npos, "a part ends at its boundary");
  must(part.file_name || part.value == content, "a field has its content");
  must(!part.file_name || part.value.empty(), "a file is not collected");
  must(part.file_name || part.size <= limits.field, "a field is short");
  if (!part.file_name) return;
  must(part.file_name->size() <= 255, "a file name is short");
  must(std::none_of(part.file_name->begin(), part.file_name->end(),
                    [](char c) { return c == '/' || c == '\\' || (c >= 0 && c < 0x20) || c == 0x7f; }),
       "a file name is no path");
}

} // namespace

void check_form(std::span<const std::uint8_t> input) {
  if (input.empty()) return;
  const std::string_view body{reinterpret_cast<const char*>(input.data()) + 1, input.size() - 1};
  const auto whole = in_pieces(body, body.size());
  const auto cut = in_pieces(body, 1 + input[0] % 16);
  must(whole.ok() == cut.ok(), "pieces do not matter");
  if (!whole) return must(whole.error() == cut.error(), "pieces do not matter to the reason");
  must(std::equal(whole->begin(), whole->end(), cut->begin(), cut->end(), same), "pieces do not matter to the parts");
  must(whole->size() <= limits.parts, "parts are few");
  for (const auto& part : *whole) check_part(part, body);
}

} // namespace evs::fuzz
