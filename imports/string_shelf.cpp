#include "imports/string_shelf.hpp"

#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>

namespace evs::imports {

namespace {

constexpr std::size_t buffer_size = 256 * 1024;

failure no_space() { return {errc::internal, "Le disque du serveur n'a plus de place pour lire ce classeur.", {}}; }

/// A nameless file that is written once, then seen as memory.
class spill {
public:
  spill() = default;
  ~spill() {
    if (seen_)
      munmap(seen_, size_);
    if (file_ >= 0)
      ::close(file_);
  }
  spill(const spill&) = delete;
  spill& operator=(const spill&) = delete;

  bool open(const std::filesystem::path& folder) {
    auto name = (folder / "evs-XXXXXX").string();
    file_ = mkostemp(name.data(), O_CLOEXEC);
    if (file_ >= 0)
      unlink(name.c_str());
    return file_ >= 0;
  }
  bool append(std::string_view bytes) {
    buffer_ += bytes;
    size_ += bytes.size();
    return buffer_.size() < buffer_size || flush();
  }
  bool seal() {
    if (!flush())
      return false;
    if (size_ == 0)
      return true;
    void* seen = mmap(nullptr, size_, PROT_READ, MAP_SHARED, file_, 0);
    if (seen == MAP_FAILED)
      return false;
    seen_ = static_cast<char*>(seen);
    return true;
  }
  std::string_view bytes() const noexcept { return seen_ ? std::string_view{seen_, size_} : std::string_view{}; }
  std::size_t size() const noexcept { return size_; }

private:
  bool flush() {
    for (std::string_view rest{buffer_}; !rest.empty();) {
      const auto put = ::write(file_, rest.data(), rest.size());
      if (put <= 0)
        return false;
      rest.remove_prefix(static_cast<std::size_t>(put));
    }
    buffer_.clear();
    return true;
  }

  int file_ = -1;
  std::string buffer_;
  std::size_t size_ = 0;
  char* seen_ = nullptr;
};

} // namespace

struct string_shelf::state {
  spill texts;
  /// Where each text ends, 8 bytes each.
  spill ends;
  std::uint64_t count = 0;

  std::uint64_t end(std::uint64_t number) const noexcept {
    std::uint64_t at = 0;
    std::memcpy(&at, ends.bytes().data() + number * sizeof at, sizeof at);
    return at;
  }
};

string_shelf::string_shelf(std::unique_ptr<state> s) : state_(std::move(s)) {}
string_shelf::~string_shelf() = default;
string_shelf::string_shelf(string_shelf&&) noexcept = default;
string_shelf& string_shelf::operator=(string_shelf&&) noexcept = default;

result<string_shelf> string_shelf::make(const std::filesystem::path& folder) {
  auto s = std::make_unique<state>();
  if (!s->texts.open(folder) || !s->ends.open(folder))
    return no_space();
  return string_shelf{std::move(s)};
}

result<done> string_shelf::append(std::string_view text) {
  auto& s = *state_;
  if (!s.texts.append(text))
    return no_space();
  const std::uint64_t end = s.texts.size();
  char bytes[sizeof end];
  std::memcpy(bytes, &end, sizeof end);
  if (!s.ends.append({bytes, sizeof bytes}))
    return no_space();
  ++s.count;
  return done{};
}

result<done> string_shelf::seal() {
  if (!state_->texts.seal() || !state_->ends.seal())
    return no_space();
  return done{};
}

std::uint64_t string_shelf::size() const noexcept { return state_->count; }

std::string_view string_shelf::at(std::uint64_t number) const noexcept {
  const auto& s = *state_;
  if (number >= s.count)
    return {};
  const auto from = number == 0 ? 0 : s.end(number - 1);
  return s.texts.bytes().substr(from, s.end(number) - from);
}

} // namespace evs::imports
