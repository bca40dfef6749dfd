#pragma once
// What the catalogue's single fields and structures must look like: each check adds a problem, with its path and a sentence for
// people, for everything that is wrong with a value. Pure.

#include "domain/catalogue.hpp"

namespace evs {

// A field's value; `path` names it.
void check_extensions(const value& what, const std::string& path, problems& found);
void check_controls(const value& what, const std::string& path, problems& found);
void check_user_skills(const value& what, const std::string& path, problems& found);
void check_queue_skills(const value& what, const std::string& path, problems& found);
void check_overflow(const value& what, const std::string& path, problems& found);
void check_service_level(const value& what, const std::string& path, problems& found);
void check_schedule(const value& what, const std::string& path, problems& found);
void check_quotas(const value& what, const std::string& path, problems& found);
void check_filters(const value& what, const std::string& path, problems& found);
void check_pages(const value& what, const std::string& path, problems& found);
void check_number(const value& what, const std::string& path, problems& found);
void check_digits(const value& what, const std::string& path, problems& found);
void check_host(const value& what, const std::string& path, problems& found);
void check_word(const value& what, const std::string& path, problems& found);
void check_sip_word(const value& what, const std::string& path, problems& found);
void check_email(const value& what, const std::string& path, problems& found);
void check_colour(const value& what, const std::string& path, problems& found);
void check_zone(const value& what, const std::string& path, problems& found);
void check_intervals(const value& what, const std::string& path, problems& found);
void check_phone_password(const value& what, const std::string& path, problems& found);
void check_secret(const value& what, const std::string& path, problems& found);
void check_flow_nodes(const value& what, const std::string& path, problems& found);
void check_flow_connections(const value& what, const std::string& path, problems& found);

// A whole body: what one field alone can't tell.
void check_did(const value& body, problems& found);
void check_trunk(const value& body, problems& found);
void check_script(const value& body, problems& found);

} // namespace evs
