#pragma once
// Writes a large body to a temporary file while it arrives.

#include "domain/error.hpp"
#include "transport/web/http_message.hpp"

#include <filesystem>
#include <memory>
#include <string_view>

namespace evs::web {

/// One body on its way. What was written is removed with the writer, unless finish() handed it on.
class spool_writer {
public:
  /// A fresh file in `folder`, readable and writable by us only. `content_type`: a multipart/form-data body is read as it comes.
  /// `digest`: also takes the SHA-256.
  static result<std::unique_ptr<spool_writer>> open(const std::filesystem::path& folder, std::string_view content_type, bool digest);
  ~spool_writer();

  /// Writes to the page cache; false: the form is broken or the disk is full, see problem().
  bool write(std::string_view bytes);
  result<std::shared_ptr<const spooled_body>> finish();
  const failure& problem() const noexcept;

private:
  struct parts;
  explicit spool_writer(std::unique_ptr<parts> all);
  std::unique_ptr<parts> parts_;
};

/// Removes what a crash has left behind in `folder`: our files that nobody has written to for an hour. Makes the folder.
void tidy_spool(const std::filesystem::path& folder);

} // namespace evs::web
