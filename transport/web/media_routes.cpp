#include "transport/web/data_routes.hpp"

#include "domain/catalogue.hpp"
#include "domain/media_content.hpp"
#include "transport/web/base64url.hpp"
#include "transport/web/utf8.hpp"

#include <array>

namespace evs::web {

namespace {

using shared_services = std::shared_ptr<services>;

constexpr std::size_t largest_sound = 10 * 1024 * 1024;
constexpr std::size_t largest_picture = 2 * 1024 * 1024;
/// A form's own lines and its plain fields.
constexpr std::size_t form_room = 128 * 1024;
/// Until a long sound is converted.
constexpr seconds conversion_patience{90};

failure wrong_field(const std::string& name, std::string sentence) { return {errc::invalid_input, {}, {{name, std::move(sentence)}}}; }

/// "annonce" of "annonce.wav".
std::string without_extension(const std::string& file_name) {
  auto dot = file_name.rfind('.');
  return dot == std::string::npos || dot == 0 ? file_name : file_name.substr(0, dot);
}

std::string field_of(const std::vector<form_part>& parts, std::string_view name) {
  auto part = find_part(parts, name);
  return part && !part->file_name ? part->value : std::string{};
}

void add_sound(const shared_services& s, const request& what, const respond& answer) {
  if (!what.spooled || !multipart_boundary(what.header("content-type")))
    return answer(refusal({errc::invalid_input, "Un formulaire multipart/form-data avec le champ « audioFile » est attendu.", {}}));
  const auto& parts = what.spooled->parts;
  auto sound = find_part(parts, "audioFile");
  if (!sound || !sound->file_name || sound->size == 0) return answer(refusal(wrong_field("audioFile", "Choisissez un fichier MP3 ou WAV.")));
  if (sound->size > largest_sound) return answer(refusal({errc::too_large, "Le fichier audio dépasse 10 Mo.", {}}));
  auto name = field_of(parts, "name");
  if (name.empty()) name = without_extension(*sound->file_name);
  if (name.empty()) name = "Fichier audio";
  if (!is_utf8(name)) return answer(refusal(wrong_field("name", "Du texte en UTF-8 est attendu.")));
  value wish{value::object{}};
  wish.set("name", std::move(name));
  auto kept = check_body(*find_resource("audioFile"), wish, occasion::creation);
  if (!kept) return answer(refusal(kept.error()));
  name = *kept->find("name")->text();
  perform(s, what,
          media_request{add_audio_file{field_of(parts, "id"), std::move(name), *sound->file_name, what.spooled->path, sound->offset, sound->size}},
          answer);
}

/// The picture as the client sent it: a form's first file, a data URL in JSON, or the image itself.
result<std::string> picture_of(const request& what) {
  const auto type = what.header("content-type");
  if (multipart_boundary(type)) {
    auto parts = read_form(type, what.body);
    if (!parts) return parts.error();
    for (const auto& p : *parts)
      if (p.file_name) return what.body.substr(static_cast<std::size_t>(p.offset), static_cast<std::size_t>(p.size));
    return wrong_field("picture", "Choisissez une image.");
  }
  if (!type.starts_with("application/json")) return what.body;
  auto body = read_json(what.body);
  if (!body) return body.error();
  for (auto name : {"pictureUrl", "profilePictureUrl", "picture"}) {
    auto member = body->find(name);
    auto text = member ? member->text() : nullptr;
    if (!text) continue;
    auto comma = text->find(";base64,");
    auto picture = text->starts_with("data:") && comma != std::string::npos ? base64_decode(std::string_view{*text}.substr(comma + 8)) : std::nullopt;
    if (!picture) return wrong_field(name, "Une image en data:...;base64 est attendue.");
    return std::move(*picture);
  }
  return wrong_field("pictureUrl", "Choisissez une image.");
}

void set_picture(const shared_services& s, const request& what, const respond& answer) {
  auto picture = picture_of(what);
  if (!picture) return answer(refusal(picture.error()));
  if (picture->size() > largest_picture) return answer(refusal({errc::too_large, "L'image dépasse 2 Mo.", {}}));
  if (!image_kind_of(*picture)) return answer(refusal(wrong_field("picture", "Une image PNG, JPEG, GIF ou WebP d'au plus 8192 pixels de côté est attendue.")));
  perform(s, what, media_request{set_own_picture{std::move(picture.value())}}, answer);
}

/// "abc" and "wav" of "abc.wav".
std::pair<std::string, std::string> split(const std::string& file) {
  auto dot = file.rfind('.');
  if (dot == std::string::npos) return {file, {}};
  return {file.substr(0, dot), file.substr(dot + 1)};
}

const failure no_such_file{errc::not_found, "Ce fichier n'existe pas.", {}};

void sound(const shared_services& s, const request& what, const respond& answer) {
  auto [id, extension] = split(what.parameter("file"));
  if (id.empty() || extension != "wav") return answer(refusal(no_such_file));
  perform(s, what, media_request{read_audio_file{std::move(id)}}, answer);
}

void sound_by_name(const shared_services& s, const request& what, const respond& answer) {
  perform(s, what, media_request{read_audio_file{what.parameter("fileName")}}, answer);
}

void picture(const shared_services& s, const request& what, const respond& answer) {
  perform(s, what, media_request{read_picture{what.parameter("file")}}, answer);
}

constexpr std::array<std::string_view, 6> recording_filters{"agentId", "campaignId", "queueId", "direction", "start", "end"};

void recordings(const shared_services& s, const request& what, const respond& answer) {
  failure problem{errc::invalid_input, {}, {}};
  list_recordings wanted{read_list_query(what, recording_filters, problem)};
  if (!problem.fields.empty()) return answer(refusal(problem));
  wanted.query.paged = true;
  perform(s, what, media_request{std::move(wanted)}, answer);
}

void recording(const shared_services& s, const request& what, const respond& answer) {
  auto [call, extension] = split(what.parameter("file"));
  if (call.empty() || (extension != "wav" && extension != "mp3")) return answer(refusal(no_such_file));
  perform(s, what, media_request{read_recording{std::move(call), extension == "mp3" ? sound_format::mp3 : sound_format::wav}}, answer);
}

/// With or without an extension: it is the call's recording, in whatever format.
void delete_recording(const shared_services& s, const request& what, const respond& answer) {
  auto [call, extension] = split(what.parameter("file"));
  if (extension != "wav" && extension != "mp3") call = what.parameter("file");
  perform(s, what, media_request{remove_recording{std::move(call)}}, answer);
}

} // namespace

std::vector<route> media_routes(const shared_services& s) {
  auto with = [&](auto action) {
    return [s, action](const request& what, const respond& answer) { action(s, what, answer); };
  };
  return {
      {http_method::post, "/api/audio-files", at_least(role::administrator), with(add_sound), "Envoyer un fichier audio", largest_sound + form_room, true,
       conversion_patience},
      {http_method::get, "/api/media/audio-files/{file}", at_least(role::administrator), with(sound), "Écouter un fichier audio"},
      {http_method::get, "/api/media/{fileName}", at_least(role::administrator), with(sound_by_name), "Écouter un fichier audio, par son fileName"},
      {http_method::get, "/api/media/pictures/{file}", at_least(role::agent), with(picture), "Voir une photo"},
      // As base64 in JSON a picture takes a third more.
      {http_method::put, "/api/users/me/picture", at_least(role::agent), with(set_picture), "Changer sa photo", largest_picture * 4 / 3 + form_room, false,
       milliseconds{0}, true},
      {http_method::get, "/api/recordings", at_least(role::agent), with(recordings), "Lister les enregistrements"},
      {http_method::get, "/api/recordings/{file}", at_least(role::agent), with(recording), "Écouter un enregistrement", 0, false, conversion_patience},
      {http_method::del, "/api/recordings/{file}", at_least(role::agent), with(delete_recording), "Supprimer un enregistrement"},
  };
}

} // namespace evs::web
