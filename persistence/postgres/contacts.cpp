// The area of contacts: which file answers what stands in contacts/opened.hpp.

#include "persistence/postgres/contacts/opened.hpp"

namespace evs::persistence::postgres {

result<data_answer> answer(workplace& at, const requester& who, const contact_request& what) {
  return std::visit([&](const auto& one) { return perform(at, who, one); }, what);
}

} // namespace evs::persistence::postgres
