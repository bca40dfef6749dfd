#include "transport/web/spool.hpp"

#include <sodium.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <optional>

#include <fcntl.h>
#include <unistd.h>

namespace evs::web {

namespace {

constexpr std::string_view name_prefix = "upload-";

const failure no_room{errc::storage_unavailable, {}, {}};

std::string hex(const std::array<unsigned char, crypto_hash_sha256_BYTES>& digest) {
  std::array<char, 2 * crypto_hash_sha256_BYTES + 1> text{};
  sodium_bin2hex(text.data(), text.size(), digest.data(), digest.size());
  return text.data();
}

} // namespace

struct spool_writer::parts {
  ~parts() {
    if (fd >= 0) close(fd);
  }
  int fd = -1;
  std::shared_ptr<spooled_body> body = std::make_shared<spooled_body>();
  std::optional<multipart_reader> form;
  std::optional<crypto_hash_sha256_state> digest;
  failure problem = no_room;
};

spool_writer::spool_writer(std::unique_ptr<parts> all) : parts_(std::move(all)) {}
spool_writer::~spool_writer() = default;

result<std::unique_ptr<spool_writer>> spool_writer::open(const std::filesystem::path& folder, std::string_view content_type, bool digest) {
  if (folder.empty()) return no_room;
  auto all = std::make_unique<parts>();
  auto path = (folder / (std::string{name_prefix} + "XXXXXX")).string();
  all->fd = mkostemp(path.data(), O_CLOEXEC); // mode 0600
  if (all->fd < 0) return no_room;
  all->body->path = std::move(path);
  if (auto boundary = multipart_boundary(content_type)) all->form.emplace(*boundary);
  if (digest) crypto_hash_sha256_init(&all->digest.emplace());
  return std::unique_ptr<spool_writer>{new spool_writer(std::move(all))};
}

bool spool_writer::write(std::string_view bytes) {
  auto& p = *parts_;
  if (p.digest) crypto_hash_sha256_update(&*p.digest, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  if (p.form && !p.form->feed(bytes)) {
    p.problem = p.form->finish().error();
    return false;
  }
  p.body->size += bytes.size();
  while (!bytes.empty()) {
    auto written = ::write(p.fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

result<std::shared_ptr<const spooled_body>> spool_writer::finish() {
  auto& p = *parts_;
  if (p.form) {
    auto form = p.form->finish();
    if (!form) return form.error();
    p.body->parts = std::move(form.value());
  }
  if (p.digest) {
    std::array<unsigned char, crypto_hash_sha256_BYTES> sum{};
    crypto_hash_sha256_final(&*p.digest, sum.data());
    p.body->sha256 = hex(sum);
  }
  return std::shared_ptr<const spooled_body>{std::move(p.body)};
}

const failure& spool_writer::problem() const noexcept { return parts_->problem; }

void tidy_spool(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  std::error_code ec;
  if (folder.empty()) return;
  if (fs::create_directories(folder, ec)) fs::permissions(folder, fs::perms::owner_all, ec);
  const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours{1};
  for (fs::directory_iterator entries{folder, ec}; !ec && entries != fs::directory_iterator{}; entries.increment(ec)) {
    std::error_code gone;
    bool ours = entries->path().filename().string().starts_with(name_prefix) && entries->is_regular_file(gone);
    if (ours && entries->last_write_time(gone) < long_ago && !gone) fs::remove(entries->path(), gone);
  }
}

} // namespace evs::web
