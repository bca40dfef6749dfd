#include "persistence/postgres/areas.hpp"

#include <chrono>
#include <thread>

namespace evs::persistence::postgres {

result<data_answer> in_transaction(workplace& at, const std::function<data_answer(transaction&)>& work, explanation explain, isolation level) {
  // Others' transactions last a few milliseconds.
  for (int tries = 0; tries < 100; ++tries) {
    data_answer out;
    try {
      at.db.run(level, [&](transaction& t) { out = work(t); });
      return out;
    } catch (const refused& said_no) {
      return said_no.why;
    } catch (const busy&) {
      std::this_thread::sleep_for(std::chrono::milliseconds{1 + tries / 10});
    } catch (const store_rejected& said) {
      if (auto why = explain ? explain(said) : std::nullopt)
        return *why;
      throw;
    }
  }
  return {errc::database_unavailable, "Trop de personnes travaillent sur ces quotas au même instant : réessayez."};
}

} // namespace evs::persistence::postgres
