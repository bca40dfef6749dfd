#include "config/diff.hpp"

#include "config/values.hpp"

#include <algorithm>
#include <functional>

namespace evs::config {

namespace {

/// One value of the settings, as text.
struct leaf {
  std::string path;
  std::string text;
  applies when;
};

/// Lists every value in the order of the schema.
class lister {
public:
  std::vector<leaf> leaves;

  template <class S> void section(const char* key, const S& inner) {
    const auto outer = path_;
    path_ += std::string{key} + '.';
    describe(*this, inner);
    path_ = outer;
  }
  template <class T, class... Range> void field(const char* key, const T& value, applies when, Range...) {
    leaves.push_back({path_ + key, text_of(value), when});
  }
  template <class T, class Range> void size(const char* key, const T& value, applies when, Range) {
    field(key, value, when);
  }
  void secret(const char* key, const std::string& value, applies when) { field(key, value, when); }
  void servers(const char* key, const std::vector<asterisk_settings>& list) {
    const auto outer = path_;
    for (const auto& server : list) {
      path_ = outer + key + '[' + server.name + "].";
      describe(*this, server);
    }
    path_ = outer;
  }

private:
  std::string path_;
};

std::vector<leaf> leaves_of(const settings& s) {
  lister all;
  describe(all, s);
  return std::move(all.leaves);
}

/// "asterisk[central]" of "asterisk[central].port"; empty: not a server's.
std::string server_of(const std::string& path) {
  const auto end = path.find("].");
  return end == std::string::npos ? std::string{} : path.substr(0, end + 1);
}

/// Copies the values that only a restart changes from one settings tree into another of the same shape.
class keeper {
public:
  explicit keeper(const settings& running) { describe(running_, running); }

  template <class S> void section(const char*, S& into) { describe(*this, into); }
  template <class T, class... Range> void field(const char*, T& into, applies when, Range...) { keep(into, when); }
  template <class T, class Range> void size(const char*, T& into, applies when, Range) { keep(into, when); }
  void secret(const char*, std::string& into, applies when) { keep(into, when); }
  /// Servers change live, all of them.
  void servers(const char*, std::vector<asterisk_settings>&) {}

private:
  /// Addresses of the running values in the order of the schema.
  struct addresses {
    std::vector<const void*> of;
    template <class S> void section(const char*, const S& inner) { describe(*this, inner); }
    template <class T, class... Range> void field(const char*, const T& value, applies, Range...) {
      of.push_back(&value);
    }
    template <class T, class Range> void size(const char*, const T& value, applies, Range) { of.push_back(&value); }
    void secret(const char*, const std::string& value, applies) { of.push_back(&value); }
    void servers(const char*, const std::vector<asterisk_settings>&) {}
  };

  template <class T> void keep(T& into, applies when) {
    const auto* running = static_cast<const T*>(running_.of[next_++]);
    if (when == applies::restart) into = *running;
  }

  addresses running_;
  std::size_t next_ = 0;
};

} // namespace

std::vector<change> diff(const settings& before, const settings& after) {
  const auto old = leaves_of(before), now = leaves_of(after);
  std::vector<change> changes;
  const auto add = [&](std::string path, applies when) {
    if (changes.empty() || changes.back().path != path) changes.push_back({std::move(path), when});
  };
  const auto has_server = [](const std::vector<leaf>& leaves, const std::string& server) {
    return std::any_of(leaves.begin(), leaves.end(), [&](const leaf& one) { return server_of(one.path) == server; });
  };
  for (const auto& value : now) {
    const auto was = std::find_if(old.begin(), old.end(), [&](const leaf& one) { return one.path == value.path; });
    if (was == old.end()) add(server_of(value.path), value.when);
    else if (was->text != value.text) add(value.path, value.when);
  }
  for (const auto& value : old)
    if (const auto server = server_of(value.path); !server.empty() && !has_server(now, server)) add(server, value.when);
  return changes;
}

std::vector<known_key> all_keys() {
  settings one;
  one.asterisk.emplace_back().name.clear();
  std::vector<known_key> keys;
  for (auto& value : leaves_of(one)) keys.push_back({std::move(value.path), value.when});
  return keys;
}

settings applied_live(const settings& running, settings wanted) {
  keeper k(running);
  describe(k, wanted);
  return wanted;
}

} // namespace evs::config
