#pragma once
// Converts sounds, one at a time, on a thread of its own: network threads and database threads never wait for it.

#include "domain/error.hpp"
#include "domain/requests/media_requests.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace evs {

/// The converter is sox, run within limits of time, processor, memory and disk. Results are temporary files in the work folder.
class sound_workshop {
public:
  /// Makes the folder, and removes what a crash has left in it (files of ours, older than an hour). `log`: told why a conversion failed; from the workshop's thread.
  sound_workshop(std::filesystem::path work_dir, std::function<void(const std::string&)> log);
  /// Ends the conversion under way, refuses what waits.
  ~sound_workshop();

  /// Checks an upload by its content and makes of it what Asterisk 22 plays: 16 bit mono, 8 kHz as WAV and 16 kHz raw (sln16).
  /// `done` is called once, from the workshop's thread, or at once when its line is full. Whoever gets the files moves or removes them.
  void convert(add_audio_file upload, std::function<void(result<keep_audio_file>)> done);

  /// A recording in the other format; the path of a temporary file.
  void transcode(std::string path, sound_format wanted, std::function<void(result<std::string>)> done);

private:
  /// False: not to be done.
  using job = std::function<void(bool)>;
  void push(job what);
  void work();
  result<keep_audio_file> made_of(const add_audio_file& upload) const;
  result<std::string> other_format(const std::string& path, sound_format wanted) const;
  bool run_sox(std::vector<std::string> arguments) const;
  std::string fresh_path(const char* extension) const;

  std::filesystem::path work_dir_;
  std::function<void(const std::string&)> log_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<job> line_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

} // namespace evs
