#pragma once
// The node: the one place that knows every part. node.cpp is its commented parts list.

#include "config/config.hpp"

#include <memory>
#include <string>

namespace evs {

class node {
public:
  /// `file`: where the configuration came from, read again on reload.
  node(config::settings settings, std::string file);
  ~node();

  /// Starts everything: the web door first (it says "not ready"), then, as soon as PostgreSQL answers, the actors and the links to
  /// Asterisk. Returns once that is under way; throws std::runtime_error when the node can't run at all (port taken, ...).
  void start();
  /// Reads the configuration again; the outcome is logged.
  void reload();
  /// Stops taking work, flushes, leaves. Calls go on in Asterisk.
  void stop();

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

} // namespace evs
