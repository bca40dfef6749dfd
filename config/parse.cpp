#include "config/parse.hpp"

#include "config/validate.hpp"
#include "config/values.hpp"

#include <yaml-cpp/yaml.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

namespace evs::config {

namespace {

int line_of(const YAML::Node& node) { return node.Mark().line + 1; }

/// Walks the schema beside one YAML map.
class map_reader {
public:
  map_reader(const YAML::Node& map, std::string path, const sources& from, problems& wrong)
      : path_(std::move(path)), from_(from), wrong_(wrong) {
    if (map.IsNull()) return;
    if (!map.IsMap()) {
      complain(path_, map, "must be a group of keys");
      return;
    }
    for (const auto& pair : map) {
      const auto key = pair.first.IsScalar() ? pair.first.Scalar() : std::string{};
      if (key.empty()) complain(path_, pair.first, "has a key that is no word");
      else if (!values_.emplace(key, entry{pair.second, line_of(pair.first)}).second)
        wrong_.push_back({below(key), line_of(pair.first), "is there twice"});
    }
  }

  /// Call it after describe(): what nobody asked for is unknown.
  void refuse_the_rest() {
    for (const auto& [key, value] : values_)
      if (!known_.contains(key)) wrong_.push_back({below(key), value.line, "is no known key"});
  }

  template <class S> void section(const char* key, S& into) {
    if (const auto* found = find(key)) {
      map_reader inner(found->node, below(key), from_, wrong_);
      describe(inner, into);
      inner.refuse_the_rest();
    }
  }

  template <class T, class... Range> void field(const char* key, T& into, applies, Range... range) {
    set(
        key, into, [&](T& value, std::string_view text) { return read_into(value, text); }, range...);
  }

  void field(const char* key, std::vector<std::string>& into, applies) {
    const auto* found = find(key);
    if (!found) return;
    if (!found->node.IsSequence()) return complain(below(key), found->node, "must be a list, such as [a, b]");
    std::vector<std::string> values(found->node.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto item = found->node[i];
      const auto where = below(key) + '[' + std::to_string(i) + ']';
      if (!item.IsScalar()) complain(where, item, "must be a text");
      else if (const auto why = read_into(values[i], item.Scalar())) complain(where, item, *why);
    }
    into = std::move(values);
  }

  template <class T, class... Range> void size(const char* key, T& into, applies, Range... range) {
    set(
        key, into,
        [](T& value, std::string_view text) -> complaint {
          const auto bytes = parse_size(text);
          if (!bytes) return "must be a size such as 65536, 64KiB or 4MiB";
          value = static_cast<T>(*bytes);
          return std::nullopt;
        },
        range...);
  }

  void secret(const char* key, std::string& into, applies) {
    const auto file_key = std::string{key} + "_file";
    const auto* direct = find(key);
    const auto* file = find(file_key);
    if (direct && file)
      return complain(below(file_key), file->node, "is there beside " + std::string{key} + ": give one of them");
    if (direct && scalar(key, *direct)) {
      std::string value = direct->node.Scalar();
      if (const auto why = from_environment(value)) return complain(below(key), direct->node, *why);
      if (const auto why = read_into(into, value)) complain(below(key), direct->node, *why);
    }
    if (file && scalar(file_key, *file))
      if (const auto why = from_file(into, file->node.Scalar())) complain(below(file_key), file->node, *why);
  }

  void servers(const char* key, std::vector<asterisk_settings>& into) {
    const auto* found = find(key);
    if (!found || found->node.IsNull()) return;
    if (!found->node.IsSequence())
      return complain(below(key), found->node, "must be a list of servers, each beginning with \"- name:\"");
    for (std::size_t i = 0; i < found->node.size(); ++i) {
      map_reader inner(found->node[i], below(key) + '[' + std::to_string(i) + ']', from_, wrong_);
      describe(inner, into.emplace_back());
      inner.refuse_the_rest();
    }
  }

private:
  struct entry {
    YAML::Node node;
    int line;
  };

  std::string below(const std::string& key) const { return path_.empty() ? key : path_ + '.' + key; }

  void complain(std::string where, const YAML::Node& node, std::string why) {
    wrong_.push_back({std::move(where), line_of(node), std::move(why)});
  }

  const entry* find(const std::string& key) {
    known_.insert(key);
    const auto found = values_.find(key);
    return found == values_.end() ? nullptr : &found->second;
  }

  bool scalar(const std::string& key, const entry& found) {
    if (found.node.IsScalar()) return true;
    wrong_.push_back({below(key), found.line, found.node.IsNull() ? "has no value" : "must be a single value"});
    return false;
  }

  /// Keeps the default when the text is wrong.
  template <class T, class Read, class... Range> void set(const char* key, T& into, Read read, Range... range) {
    const auto* found = find(key);
    if (!found || !scalar(key, *found)) return;
    T value{};
    complaint why = read(value, found->node.Scalar());
    ((why = why ? why : check(value, range)), ...);
    if (why) complain(below(key), found->node, *why);
    else into = std::move(value);
  }

  /// Replaces each ${NAME}.
  complaint from_environment(std::string& text) const {
    std::string made;
    std::size_t at = 0;
    for (auto start = text.find("${"); start != std::string::npos; start = text.find("${", at)) {
      const auto end = text.find('}', start);
      if (end == std::string::npos) return "has a ${ without its }";
      const auto name = text.substr(start + 2, end - start - 2);
      const auto value = from_.environment ? from_.environment(name) : std::nullopt;
      if (!value) return "wants the environment variable " + name + ", which is not set";
      made.append(text, at, start - at).append(*value);
      at = end + 1;
    }
    text = made.append(text, at, std::string::npos);
    return std::nullopt;
  }

  complaint from_file(std::string& into, const std::string& path) const {
    auto text = from_.file ? from_.file(path) : std::nullopt;
    if (!text) return "names the file " + path + ", which cannot be read";
    while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
    if (text->empty()) return "names the file " + path + ", which is empty";
    return read_into(into, *text);
  }

  std::string path_;
  const sources& from_;
  problems& wrong_;
  std::map<std::string, entry> values_;
  std::set<std::string> known_;
};

} // namespace

std::string problem::full_text() const {
  std::string full;
  if (line > 0) full.append("line ").append(std::to_string(line)).append(": ");
  if (!path.empty()) full.append(path).append(": ");
  return full.append(text);
}

sources process_sources() {
  return {[](const std::string& name) -> std::optional<std::string> {
            const char* value = std::getenv(name.c_str());
            return value ? std::optional<std::string>{value} : std::nullopt;
          },
          [](const std::string& path) -> std::optional<std::string> {
            std::ifstream file(path, std::ios::binary);
            if (!file) return std::nullopt;
            try {
              return std::string{std::istreambuf_iterator<char>(file), {}};
            } catch (const std::ios_base::failure&) { // a folder, for instance
              return std::nullopt;
            }
          }};
}

loaded parse(std::string_view yaml, const sources& from) {
  loaded made;
  try {
    const auto root = YAML::Load(std::string{yaml});
    map_reader reader(root, {}, from, made.wrong);
    describe(reader, made.value);
    reader.refuse_the_rest();
  } catch (const YAML::Exception& broken) {
    made.wrong.push_back({{}, broken.mark.line + 1, "is no YAML: " + broken.msg});
  }
  return made;
}

loaded load(std::string_view yaml, const sources& from) {
  auto made = parse(yaml, from);
  auto more = validate(made.value);
  made.wrong.insert(made.wrong.end(), more.begin(), more.end());
  return made;
}

loaded load_file(const std::string& path) {
  const auto from = process_sources();
  if (const auto text = from.file(path)) return load(*text, from);
  loaded made;
  made.wrong.push_back({{}, 0, "the file " + path + " cannot be read"});
  return made;
}

} // namespace evs::config
