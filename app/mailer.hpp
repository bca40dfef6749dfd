#pragma once
// One mail, sent now, over SMTP.

#include "domain/error.hpp"
#include "domain/system_settings.hpp"

#include <string>

namespace evs {

struct mail {
  std::string to;
  std::string subject;
  /// UTF-8, any line ends.
  std::string text;
};

/// Connects, signs in, hands the mail over; blocking, at most 20 s. The failure's sentence says what the server said, and never holds
/// the password.
result<done> send_mail(const smtp_settings& over, const std::string& password, const mail& what, timestamp now);

} // namespace evs
