#include "app/sound_workshop.hpp"

#include "app/random_id.hpp"
#include "domain/media_content.hpp"
#include "domain/time.hpp"
#include "process/child_process.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <optional>
#include <system_error>

namespace evs {

namespace fs = std::filesystem;

namespace {

constexpr const char* converter = "/usr/bin/sox";
constexpr std::size_t longest_line = 16;
constexpr std::size_t looked_at = 4096;
constexpr seconds longest_conversion{30};
/// Longest sound that is kept.
constexpr seconds longest_sound{30 * 60};
constexpr std::uint64_t sln16_bytes_a_second = 16000 * 2;

const failure unreadable{errc::invalid_input, {}, {{"audioFile", "Ce fichier n'est ni un MP3 ni un WAV lisible."}}};
const failure too_long{errc::invalid_input, {}, {{"audioFile", "30 minutes au plus."}}};
const failure no_room{errc::storage_unavailable, {}, {}};
const failure busy{errc::storage_unavailable, "Trop de fichiers audio sont en cours de conversion : réessayez dans un instant.", {}};

/// Removes a temporary file at the end of its scope.
struct temporary {
  explicit temporary(std::string p) : path(std::move(p)) {}
  ~temporary() {
    std::error_code ec;
    fs::remove(path, ec);
  }
  temporary(const temporary&) = delete;
  temporary& operator=(const temporary&) = delete;
  std::string path;
};

std::string bytes_at(std::ifstream& in, std::uint64_t offset, std::size_t length) {
  std::string out(length, '\0');
  in.clear();
  in.seekg(static_cast<std::streamoff>(offset));
  in.read(out.data(), static_cast<std::streamsize>(length));
  out.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  return out;
}

/// What the part of the upload is; its declared type and name are not asked.
std::optional<sound_format> format_of(std::ifstream& in, const add_audio_file& upload) {
  const auto piece = [&](std::uint64_t from) {
    return bytes_at(in, upload.offset + from, static_cast<std::size_t>(std::min<std::uint64_t>(looked_at, upload.size - from)));
  };
  const auto tag = id3_length(piece(0));
  if (tag >= upload.size)
    return std::nullopt;
  return sound_format_of(piece(tag));
}

bool copy_part(std::ifstream& in, const add_audio_file& upload, const std::string& to) {
  std::ofstream out{to, std::ios::binary | std::ios::trunc};
  for (std::uint64_t at = 0; at < upload.size && out;) {
    const auto piece = bytes_at(in, upload.offset + at, static_cast<std::size_t>(std::min<std::uint64_t>(256 * 1024, upload.size - at)));
    if (piece.empty())
      return false;
    out.write(piece.data(), static_cast<std::streamsize>(piece.size()));
    at += piece.size();
  }
  out.close();
  return !out.fail();
}

const char* name_of(sound_format format) { return format == sound_format::mp3 ? "mp3" : "wav"; }

} // namespace

sound_workshop::sound_workshop(fs::path work_dir, std::function<void(const std::string&)> log) : work_dir_(std::move(work_dir)), log_(std::move(log)) {
  std::error_code ec;
  fs::create_directories(work_dir_, ec);
  fs::permissions(work_dir_, fs::perms::owner_all, ec);
  if (ec && log_)
    log_(work_dir_.string() + ": " + ec.message() + "; uploads are refused");
  const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours{1};
  for (fs::directory_iterator entries{work_dir_, ec}; !ec && entries != fs::directory_iterator{}; entries.increment(ec)) {
    std::error_code ignored;
    // Another node may share the folder: what is fresh is its own.
    if (entries->path().filename().string().starts_with("sound-") && entries->last_write_time(ignored) < long_ago && !ignored)
      fs::remove(entries->path(), ignored);
  }
  thread_ = std::thread([this] { work(); });
}

sound_workshop::~sound_workshop() {
  {
    std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
  for (auto& waiting : line_)
    waiting(false);
}

void sound_workshop::convert(add_audio_file upload, std::function<void(result<keep_audio_file>)> done) {
  push([this, upload = std::move(upload), done = std::move(done)](bool go) { done(go ? made_of(upload) : result<keep_audio_file>{busy}); });
}

void sound_workshop::transcode(std::string path, sound_format wanted, std::function<void(result<std::string>)> done) {
  push([this, path = std::move(path), wanted, done = std::move(done)](bool go) {
    done(go ? other_format(path, wanted) : result<std::string>{busy});
  });
}

void sound_workshop::push(job what) {
  {
    std::lock_guard lock{mutex_};
    if (!stopping_ && line_.size() < longest_line) {
      line_.push_back(std::move(what));
      wake_.notify_one();
      return;
    }
  }
  what(false);
}

void sound_workshop::work() {
  for (;;) {
    job next;
    {
      std::unique_lock lock{mutex_};
      wake_.wait(lock, [&] { return stopping_ || !line_.empty(); });
      if (stopping_)
        return;
      next = std::move(line_.front());
      line_.pop_front();
    }
    next(true);
  }
}

std::string sound_workshop::fresh_path(const char* extension) const {
  return (work_dir_ / ("sound-" + random_id() + '.' + extension)).string();
}

bool sound_workshop::run_sox(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), {converter, "-V1", "--no-show-progress"});
  const process_limits limits{seconds{20}, 512ULL * 1024 * 1024, 256ULL * 1024 * 1024};
  const auto end = run_process({std::move(arguments), {}, false, false, limits}, longest_conversion, &stopping_);
  if (!end.ok && log_)
    log_("sox: " + end.how + (end.complaint.empty() ? "" : ": " + end.complaint.substr(0, end.complaint.find('\n'))));
  return end.ok;
}

result<keep_audio_file> sound_workshop::made_of(const add_audio_file& upload) const {
  std::ifstream in{upload.path, std::ios::binary};
  const auto format = format_of(in, upload);
  if (!format)
    return unreadable;
  const temporary source{fresh_path(name_of(*format))};
  if (!copy_part(in, upload, source.path))
    return no_room;
  keep_audio_file out{upload.id, upload.name, upload.file_name, upload.size, 0, fresh_path("wav"), fresh_path("sln16")};
  // One second more than is allowed, so that what is too long is seen. The type is given: sox guesses nothing.
  const bool converted =
    run_sox({"-t", name_of(*format), source.path, "-t", "raw", "-r", "16000", "-e", "signed-integer", "-b", "16", "-L", "-c", "1", out.sln16, "remix",
             "-", "trim", "0", std::to_string(longest_sound.count() + 1)}) &&
    run_sox({"-t", "raw", "-r", "16000", "-e", "signed-integer", "-b", "16", "-L", "-c", "1", out.sln16, "-t", "wav", "-r", "8000", "-e",
             "signed-integer", "-b", "16", out.wav});
  std::error_code ec;
  const auto bytes = converted ? fs::file_size(out.sln16, ec) : 0;
  if (converted && !ec && bytes > 0 && bytes <= sln16_bytes_a_second * static_cast<std::uint64_t>(longest_sound.count())) {
    out.duration_s = std::round(static_cast<double>(bytes) * 1000 / static_cast<double>(sln16_bytes_a_second)) / 1000;
    return out;
  }
  fs::remove(out.wav, ec);
  fs::remove(out.sln16, ec);
  return converted && bytes > 0 ? too_long : unreadable;
}

result<std::string> sound_workshop::other_format(const std::string& path, sound_format wanted) const {
  const auto made = fresh_path(name_of(wanted));
  const auto given = wanted == sound_format::mp3 ? sound_format::wav : sound_format::mp3;
  if (run_sox({"-t", name_of(given), path, "-t", name_of(wanted), made}))
    return made;
  std::error_code ec;
  fs::remove(made, ec);
  return {errc::storage_unavailable, "Cet enregistrement ne peut pas être converti pour l'instant."};
}

} // namespace evs
