#pragma once
// Audio files, recordings, pictures. Ids lead to files, names that clients choose never do.

#include "domain/requests/common.hpp"

#include <cstdint>
#include <variant>

namespace evs {

/// POST /audio-files: the sound that arrived, `size` bytes at `offset` of the file `path`. Whoever holds the converter checks and
/// converts it and asks for keep_audio_file.
struct add_audio_file {
  /// Chosen by the client; empty: the database side makes one.
  std::string id;
  std::string name;
  /// What the sender called his file; shown, never opened.
  std::string file_name;
  std::string path;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};
/// The converted sound; `wav` (8 kHz) and `sln16` (16 kHz) are temporary files of ours below the data folder, and are moved.
struct keep_audio_file {
  std::string id;
  std::string name;
  std::string file_name;
  std::uint64_t size = 0;
  double duration_s = 0;
  std::string wav;
  std::string sln16;
};
/// GET /media/audio-files/{id}.wav: what callers hear.
struct read_audio_file {
  std::string id;
};
/// PUT /users/me/picture. `content` was recognised as an image.
struct set_own_picture {
  std::string content;
};
/// GET /media/pictures/{name}: `name` as made by set_own_picture.
struct read_picture {
  std::string name;
};
/// Removes the files of which no row speaks any more: deleted sounds, replaced pictures. Answers {"removed": n}.
struct sweep_files {};

/// GET /recordings: the calls that have one.
struct list_recordings {
  list_query query;
};
enum class sound_format : std::uint8_t { wav, mp3 };
/// In that format if there is such a file, otherwise in the other one: the answer's content type says which.
struct read_recording {
  std::string call;
  sound_format format = sound_format::wav;
};
struct remove_recording {
  std::string call;
};

using media_request = std::variant<add_audio_file, keep_audio_file, read_audio_file, set_own_picture, read_picture, sweep_files,
                                   list_recordings, read_recording, remove_recording>;

} // namespace evs
