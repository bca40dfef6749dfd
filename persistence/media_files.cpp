#include "persistence/media_files.hpp"

#include "persistence/secret.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace evs::persistence {

namespace fs = std::filesystem;

namespace {

const failure no_room{errc::storage_unavailable, {}, {}};

class open_fd {
public:
  open_fd(const std::string& path, int flags, mode_t mode = 0) : fd_(open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, mode)) {}
  ~open_fd() {
    if (fd_ >= 0)
      close(fd_);
  }
  open_fd(const open_fd&) = delete;
  open_fd& operator=(const open_fd&) = delete;
  explicit operator bool() const noexcept { return fd_ >= 0; }
  int get() const noexcept { return fd_; }

private:
  int fd_;
};

mode_t mode_of(media_kind kind) { return kind == media_kind::audio ? 0644 : 0600; }

bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const auto written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

bool sync_folder(const fs::path& folder) {
  open_fd dir{folder.string(), O_RDONLY | O_DIRECTORY};
  return dir && fsync(dir.get()) == 0;
}

} // namespace

bool is_plain_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= 128 && name.front() != '.' && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.';
  });
}

fs::path media_files::folder(media_kind kind) const {
  switch (kind) {
  case media_kind::audio: return root_ / "audio";
  case media_kind::picture: return root_ / "pictures";
  case media_kind::recording: break;
  }
  return root_ / "recordings";
}

std::optional<std::string> media_files::path(media_kind kind, std::string_view name) const {
  if (!is_plain_name(name))
    return std::nullopt;
  return (folder(kind) / name).string();
}

bool media_files::exists(media_kind kind, std::string_view name) const {
  const auto at = path(kind, name);
  std::error_code ec;
  return at && fs::is_regular_file(fs::symlink_status(*at, ec));
}

std::uint64_t media_files::size(media_kind kind, std::string_view name) const {
  const auto at = path(kind, name);
  std::error_code ec;
  const auto bytes = at ? fs::file_size(*at, ec) : 0;
  return ec ? 0 : bytes;
}

result<done> media_files::write(media_kind kind, std::string_view name, std::string_view content) const {
  const auto where = folder(kind);
  std::error_code ec;
  fs::create_directories(where, ec);
  const auto temporary = (where / (".new-" + random_hex())).string();
  bool kept = false;
  {
    open_fd file{temporary, O_WRONLY | O_CREAT | O_EXCL, 0600};
    kept = file && write_all(file.get(), content);
  }
  if (kept)
    if (auto moved = move_in(kind, name, temporary))
      return moved;
  unlink(temporary.c_str());
  return no_room;
}

result<done> media_files::move_in(media_kind kind, std::string_view name, const std::string& from) const {
  const auto to = path(kind, name);
  if (!to)
    return no_room;
  const auto where = folder(kind);
  std::error_code ec;
  if (fs::create_directories(where, ec))
    fs::permissions(where, kind == media_kind::audio ? fs::perms{0755} : fs::perms::owner_all, ec);
  open_fd file{from, O_RDONLY};
  if (!file || fchmod(file.get(), mode_of(kind)) != 0 || fsync(file.get()) != 0 || rename(from.c_str(), to->c_str()) != 0 ||
      !sync_folder(where))
    return no_room;
  return done{};
}

bool media_files::remove(media_kind kind, std::string_view name) const {
  const auto at = path(kind, name);
  return !at || unlink(at->c_str()) == 0 || errno == ENOENT;
}

} // namespace evs::persistence
