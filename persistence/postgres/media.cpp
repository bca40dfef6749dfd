#include "domain/media_content.hpp"
#include "domain/value.hpp"
#include "persistence/media_files.hpp"
#include "persistence/postgres/areas.hpp"
#include "persistence/postgres/cursor.hpp"
#include "persistence/postgres/scope.hpp"
#include "persistence/secret.hpp"

#include <array>

namespace evs::persistence::postgres {

namespace {

constexpr std::string_view picture_prefix = "/api/media/pictures/";

const failure no_such_file{errc::not_found, "Ce fichier n'existe pas.", {}};
const failure no_such_recording{errc::not_found, "Cet appel n'a pas d'enregistrement.", {}};

// ---------------------------------------------------------------- sounds

constexpr statement insert_sound{"insert_audio_file",
                                 // A file name leads to one sound (GET /media/{fileName}): the second of a name carries its id too.
                                 "insert into audio_files (id, name, file_name, duration_s, size_bytes, stored_as) "
                                 "values ($1, $2, case when exists (select from audio_files f where f.file_name = $3) then $1 || '-' || $3 else $3 end, "
                                 "$4::numeric, $5::bigint, $6) on conflict (id) do nothing returning id"};
constexpr statement sound_row{"audio_file_row", "select row_to_json(v)::text from api_audio_files v where v.id = $1"};
/// By id, or by fileName as older clients ask.
constexpr statement sound_place{"audio_file_place", "select stored_as from audio_files where (id = $1 or file_name = $1) and stored_as is not null "
                               "order by id = $1 desc, uploaded_at desc limit 1"};

/// "a1.wav" and "a1.sln16" of a sound that is kept as "a1".
std::array<std::string, 2> files_of_sound(const std::string& stored_as) { return {stored_as + ".wav", stored_as + ".sln16"}; }

/// Files that are not in a row yet; removed unless somebody says that they are.
class tentative_files {
public:
  tentative_files(const media_files& files, const std::string& stored_as) : files_(files), names_(files_of_sound(stored_as)) {}
  ~tentative_files() {
    if (!kept_)
      for (const auto& name : names_)
        files_.remove(media_kind::audio, name);
  }
  tentative_files(const tentative_files&) = delete;
  tentative_files& operator=(const tentative_files&) = delete;
  const std::string& wav() const { return names_[0]; }
  const std::string& sln16() const { return names_[1]; }
  void keep() { kept_ = true; }

private:
  const media_files& files_;
  std::array<std::string, 2> names_;
  bool kept_ = false;
};

result<data_answer> perform(workplace& at, const requester&, const keep_audio_file& asked) {
  const auto id = asked.id.empty() ? "audio-" + random_secret(12) : asked.id;
  if (!is_plain_name(id) || id.size() > 64)
    return failure{errc::invalid_input, {}, {{"id", "1 à 64 lettres, chiffres, « - », « _ » ou « . »."}}};
  const media_files files{at.settings.data_dir};
  const auto stored_as = random_hex();
  tentative_files fresh{files, stored_as};
  for (const auto& [name, from] : {std::pair{fresh.wav(), asked.wav}, std::pair{fresh.sln16(), asked.sln16}})
    if (auto moved = files.move_in(media_kind::audio, name, from); !moved)
      return moved.error();
  auto made = in_transaction(at, [&](transaction& t) {
    if (t.run(insert_sound, {id, asked.name, asked.file_name, std::to_string(asked.duration_s), std::to_string(asked.size), stored_as}).empty())
      throw refused{{errc::conflict, "Cet identifiant existe déjà.", {{"id", "Cet identifiant existe déjà."}}}};
    data_answer out;
    out.status = 201;
    out.json = t.run(sound_row, {id}).at(0).text(0);
    return out;
  });
  if (made)
    fresh.keep();
  return made;
}

result<data_answer> perform(workplace&, const requester&, const add_audio_file&) {
  return failure{errc::storage_unavailable, "Ce serveur n'a pas de convertisseur audio.", {}};
}

result<data_answer> perform(workplace& at, const requester&, const read_audio_file& asked) {
  const auto found = at.db.run(sound_place, {asked.id});
  const media_files files{at.settings.data_dir};
  const auto path = found.empty() ? std::nullopt : files.path(media_kind::audio, files_of_sound(found.front().text(0))[0]);
  if (!path)
    return no_such_file;
  data_answer out;
  out.attached = data_answer::file{*path, "audio/wav", {}, false};
  return out;
}

// ---------------------------------------------------------------- files without a row

constexpr statement discarded{"discarded_files",
                              "select f.id, f.kind, f.name, (f.kind = 'picture' and exists (select from users u where u.profile_picture_url "
                              "= '/api/media/pictures/' || f.name)) or (f.kind = 'recording' and exists (select from call_history h where "
                              "h.recording_id = f.name)) from discarded_files f order by f.id limit 500"};
constexpr statement forget_discarded{"forget_discarded_files", "delete from discarded_files where id = any($1::bigint[])"};

bool remove_files(const media_files& files, const std::string& kind, const std::string& name) {
  if (kind == "picture")
    return files.remove(media_kind::picture, name);
  const bool sound = kind == "audio";
  const auto where = sound ? media_kind::audio : media_kind::recording;
  const bool first = files.remove(where, name + ".wav");
  return files.remove(where, name + (sound ? ".sln16" : ".mp3")) && first;
}

std::int64_t sweep(workplace& at) {
  const media_files files{at.settings.data_dir};
  std::vector<parameter> gone;
  for (const auto& r : at.db.run(discarded))
    if (r.flag(3) || remove_files(files, r.text(1), r.text(2)))
      gone.emplace_back(r.text(0));
  if (!gone.empty())
    at.db.run(forget_discarded, {array_literal(gone)});
  return static_cast<std::int64_t>(gone.size());
}

result<data_answer> perform(workplace& at, const requester&, const sweep_files&) {
  data_answer out;
  out.json = "{\"removed\":" + std::to_string(sweep(at)) + '}';
  return out;
}

// ---------------------------------------------------------------- pictures

constexpr statement set_picture{"set_profile_picture", "update users set profile_picture_url = $2, updated_at = now() where id = $1 returning id"};

result<data_answer> perform(workplace& at, const requester& who, const set_own_picture& asked) {
  const auto kind = image_kind_of(asked.content);
  if (!kind)
    return failure{errc::invalid_input, {}, {{"picture", "Une image PNG, JPEG, GIF ou WebP est attendue."}}};
  const media_files files{at.settings.data_dir};
  const auto name = random_hex() + '.' + std::string{kind->extension};
  if (auto written = files.write(media_kind::picture, name, asked.content); !written)
    return written.error();
  const auto url = std::string{picture_prefix} + name;
  auto changed = in_transaction(at, [&](transaction& t) {
    if (t.run(set_picture, {who.who.user.value, url}).empty())
      throw refused{{errc::not_found, "Ce compte n'existe plus.", {}}};
    data_answer out;
    out.json = "{\"profilePictureUrl\":" + to_json(value{url}) + '}';
    return out;
  }, value_refused);
  if (!changed)
    files.remove(media_kind::picture, name);
  else
    sweep(at);
  return changed;
}

result<data_answer> perform(workplace& at, const requester&, const read_picture& asked) {
  const auto dot = asked.name.rfind('.');
  const auto kind = dot == std::string::npos ? std::nullopt : image_kind_named(std::string_view{asked.name}.substr(dot + 1));
  const media_files files{at.settings.data_dir};
  if (!kind || !files.exists(media_kind::picture, asked.name))
    return no_such_file;
  data_answer out;
  out.attached = data_answer::file{*files.path(media_kind::picture, asked.name), std::string{kind->content_type}, {}, false};
  return out;
}

// ---------------------------------------------------------------- recordings

/// $1 who asks, $2 his rank, $3 the site he is limited to (null: all). An Agent hears his own calls where his profile lets him record.
#define MAY_HEAR                                                                                                                        \
  "(($2::integer >= 1 and ($3::text is null or h.site_id is null or h.site_id = $3 or " \
  EVS_IN_HIS_GROUPS("h.agent_id") ")) or (h.agent_id = $1 and exists (select from users u " \
  "join agent_profiles p on p.id = u.agent_profile_id where u.id = $1 and p.call_controls @> '{\"record\": true}')))"

constexpr statement recorded_call{"recorded_call",
                                  "select h.recording_id, to_char(h.started_at at time zone 'UTC', 'YYYYMMDD-HH24MISS') from call_history h "
                                  "where h.id = $4 and h.recording_id is not null and " MAY_HEAR};
constexpr statement forget_recording{"forget_recording",
                                     "update call_history h set recording_id = null where h.id = $4 and h.recording_id is not null and " MAY_HEAR
                                     " returning h.id"};
/// Keyset: after ($4 time, $5 id). Filters are null where nobody asked.
constexpr statement recorded_calls{
  "recorded_calls",
  "select row_to_json(v)::text, " EVS_EXACT_MOMENT("h.started_at") ", h.id from call_history h "
  "join api_call_history v on v.id = h.id where h.recording_id is not null and " MAY_HEAR
  " and ($4::timestamptz is null or (h.started_at, h.id) < ($4::timestamptz, $5::text))"
  " and ($6::text is null or h.agent_id = $6) and ($7::text is null or h.campaign_id = $7) and ($8::text is null or h.queue_id = $8)"
  " and ($9::text is null or h.direction = $9) and ($10::timestamptz is null or h.started_at >= $10::timestamptz)"
  " and ($11::timestamptz is null or h.started_at < $11::timestamptz)"
  " and ($12::text is null or position($12 in h.source) > 0 or position($12 in h.destination) > 0 or position($12 in h.caller_number) > 0)"
  " order by h.started_at desc, h.id desc limit $13::bigint"};

/// "2026-11-22" or a moment; what is neither goes to `problem`.
parameter day_or_moment(const list_query& query, const char* name, failure& problem) {
  const auto given = filter_value(query, name);
  if (!given)
    return {};
  const auto& text = *given;
  if (!from_iso8601(text) && !(text.size() == 10 && from_iso8601(text + "T00:00:00Z"))) {
    problem.fields.emplace(name, "Une date AAAA-MM-JJ ou un instant ISO 8601 en UTC est attendu.");
    return {};
  }
  return text.size() == 10 ? text + "T00:00:00Z" : text;
}

result<data_answer> perform(workplace& at, const requester& who, const list_recordings& asked) {
  const auto& query = asked.query;
  failure problem{errc::invalid_input, {}, {}};
  const auto after = read_cursor(query.cursor, {key_part::moment, key_part::text});
  if (!after)
    problem = after.error();
  auto values = asks(who.who);
  for (const auto& part : after ? *after : parameters(2))
    values.push_back(part);
  for (const auto* name : {"agentId", "campaignId", "queueId", "direction"})
    values.push_back(filter_value(query, name));
  for (auto value : {day_or_moment(query, "start", problem), day_or_moment(query, "end", problem), text_or_null(query.q)})
    values.push_back(std::move(value));
  values.emplace_back(std::to_string(query.limit + 1));
  if (!problem.fields.empty())
    return problem;
  return page_of(at.db.run(recorded_calls, std::move(values)), static_cast<std::size_t>(query.limit), 2);
}

result<data_answer> perform(workplace& at, const requester& who, const read_recording& asked) {
  auto values = asks(who.who);
  values.emplace_back(asked.call);
  const auto found = at.db.run(recorded_call, std::move(values));
  if (found.empty())
    return no_such_recording;
  const media_files files{at.settings.data_dir};
  const auto base = found.front().text(0);
  const bool mp3 = asked.format == sound_format::mp3;
  for (const auto& [extension, type] : {std::pair{mp3 ? ".mp3" : ".wav", mp3 ? "audio/mpeg" : "audio/wav"},
                                        std::pair{mp3 ? ".wav" : ".mp3", mp3 ? "audio/wav" : "audio/mpeg"}}) {
    if (!files.exists(media_kind::recording, base + extension))
      continue;
    write_line(at, {who.who.user.value, who.login, who.address, "recording.read", "recording:" + asked.call});
    data_answer out;
    out.attached = data_answer::file{*files.path(media_kind::recording, base + extension), type, "appel-" + found.front().text(1) + extension, false};
    return out;
  }
  return no_such_recording;
}

result<data_answer> perform(workplace& at, const requester& who, const remove_recording& asked) {
  auto gone = in_transaction(at, [&](transaction& t) {
    auto values = asks(who.who);
    values.emplace_back(asked.call);
    if (t.run(forget_recording, std::move(values)).empty())
      throw refused{no_such_recording};
    data_answer out;
    out.status = 204;
    return out;
  });
  if (gone)
    sweep(at);
  return gone;
}

} // namespace

result<data_answer> answer(workplace& at, const requester& who, const media_request& what) {
  return std::visit([&](const auto& asked) { return perform(at, who, asked); }, what);
}

} // namespace evs::persistence::postgres
