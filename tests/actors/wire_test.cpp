// Every message that may travel, through CAF's serializer and back. Which fields a message has is found out from the type itself, so that
// one that wire.hpp forgets fails here.

#include "actors/messages/interfaces.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/deep_to_string.hpp>
#include <caf/message.hpp>

#include <gtest/gtest.h>

#include <type_traits>
#include <utility>

namespace evs::test {
namespace {

// ------------------------------------------------------------ how many fields a struct has

struct anything {
  template <class T>
  operator T() const;
};

template <class T, std::size_t... I>
constexpr bool takes(std::index_sequence<I...>) {
  return requires { T{(static_cast<void>(I), anything{})...}; };
}

template <class T, std::size_t N = 24>
constexpr std::size_t field_count() {
  if constexpr (N == 0 || takes<T>(std::make_index_sequence<N>{}))
    return N;
  else
    return field_count<T, N - 1>();
}

// ------------------------------------------------------------ inspectors that count and fill

template <class T>
constexpr bool is_annotation = std::is_base_of_v<caf::meta::annotation, std::decay_t<T>>;

/// How many fields inspect() passes on.
struct counter {
  using result_type = std::size_t;
  static constexpr bool reads_state = true;
  static constexpr bool writes_state = false;
  template <class... Ts>
  result_type operator()(Ts&&...) {
    return (std::size_t{0} + ... + (is_annotation<Ts> ? 0 : 1));
  }
};

/// Gives each leaf a value of its own, through inspect() as a deserializer does.
struct filler {
  using result_type = caf::error;
  static constexpr bool reads_state = false;
  static constexpr bool writes_state = true;

  template <class... Ts>
  result_type operator()(Ts&&... xs) {
    (step(xs), ...);
    return caf::none;
  }

private:
  template <class T>
  void step(T& x) {
    using type = std::decay_t<T>;
    if constexpr (caf::meta::is_load_callback<type>::value)
      static_cast<void>(x.fun());
    else if constexpr (!is_annotation<type>)
      fill(x);
  }

  template <class T>
  void fill(T& x) {
    if constexpr (std::is_same_v<T, bool>)
      x = !x;
    else if constexpr (std::is_enum_v<T>)
      x = static_cast<T>(1 + ++next_ % 2);
    else if constexpr (std::is_arithmetic_v<T>)
      x = static_cast<T>(++next_ % 100 + 7);
    else if constexpr (std::is_same_v<T, std::string>)
      x = "text-" + std::to_string(++next_);
    else
      fill_composed(x);
  }
  template <class Rep, class Period>
  void fill_composed(std::chrono::duration<Rep, Period>& x) { x = std::chrono::duration<Rep, Period>{++next_ + 1000}; }
  template <class Clock, class Duration>
  void fill_composed(std::chrono::time_point<Clock, Duration>& x) {
    x = std::chrono::time_point<Clock, Duration>{Duration{1'800'000'000'123 + ++next_}};
  }
  template <class T>
  void fill_composed(std::vector<T>& xs) {
    xs.resize(2);
    for (auto& x : xs)
      fill(x);
  }
  template <class T>
    requires requires(filler& f, T& x) { inspect(f, x); }
  void fill_composed(T& x) { static_cast<void>(inspect(*this, x)); }

  int next_ = 0;
};

// ------------------------------------------------------------ the test

template <class T>
class Wire : public testing::Test {
public:
  Wire() : system_(config_) {}

  std::vector<char> bytes_of(const caf::message& m) {
    caf::binary_serializer::container_type buffer;
    caf::binary_serializer sink{system_, buffer};
    EXPECT_FALSE(sink(m));
    std::vector<char> out;
    for (auto b : buffer)
      out.push_back(static_cast<char>(b));
    return out;
  }

private:
  struct prepared : caf::actor_system_config {
    prepared() {
      set("scheduler.policy", caf::atom("testing"));
      add_message_types<caf::id_block::evs>();
    }
  };
  prepared config_;

protected:
  caf::actor_system system_;
};

using travelling = testing::Types<
  outcome, state_wanted, state_answer, call_offered, offer_answer, offer_ended, dial_wanted, call_joined, call_held, call_released,
  call_attached, phone_seen, browsers_seen, agent_settings_changed, present_yourself, agent_timer, call_waits, caller_left, ring_failed,
  call_answered, agent_seen, queue_settings_changed, queue_timer, line_wanted, line_answer, line_released, line_seen, trunk_seen,
  trunk_timer, trunk_settings_changed, campaign_dial, campaign_answered, campaign_ended, campaign_settings_changed, agent_granted,
  offer_withdrawn, waited_too_long, hang_up_wanted, leg_news, dial_out, dial_answer, originate_bridge, originate_dial, hang_up_leg,
  action_answer, tick, audit_now, new_day, stop_work>;
TYPED_TEST_SUITE(Wire, travelling);

TYPED_TEST(Wire, ComesBackAsItWas) {
  TypeParam sent{};
  filler fill;
  ASSERT_FALSE(inspect(fill, sent));
  const auto message = caf::make_message(sent);
  const auto bytes = this->bytes_of(message);
  caf::message received;
  caf::binary_deserializer source{this->system_, bytes.data(), bytes.size()};
  ASSERT_FALSE(source(received));
  ASSERT_TRUE((received.template match_elements<TypeParam>()));
  EXPECT_EQ(caf::deep_to_string(received), caf::deep_to_string(message));
  EXPECT_EQ(this->bytes_of(received), bytes);
  if constexpr (field_count<TypeParam>() > 0) {
    EXPECT_NE(this->bytes_of(caf::make_message(TypeParam{})), bytes) << "nothing was filled in";
  }
}

template <class T>
class Fields : public testing::Test {};
using parts = testing::Types<
  outcome, state_wanted, state_answer, call_offered, offer_answer, offer_ended, dial_wanted, call_joined, call_held, call_released,
  call_attached, phone_seen, browsers_seen, agent_settings_changed, present_yourself, agent_timer, call_waits, caller_left, ring_failed,
  call_answered, agent_seen, queue_settings_changed, queue_timer, line_wanted, line_answer, line_released, line_seen, trunk_seen,
  trunk_timer, trunk_settings_changed, campaign_dial, campaign_answered, campaign_ended, campaign_settings_changed, agent_granted,
  offer_withdrawn, waited_too_long, hang_up_wanted, leg_news, dial_out, dial_answer, originate_bridge, originate_dial, hang_up_leg,
  action_answer, agent_counters, agent_settings, agent_snapshot, queue_settings, trunk_settings, campaign_settings, channel_facts, leg_fact>;
TYPED_TEST_SUITE(Fields, parts);

TYPED_TEST(Fields, AllTravel) {
  TypeParam x{};
  counter count;
  EXPECT_EQ(inspect(count, x), field_count<TypeParam>());
}

TEST(FieldCount, Counts) {
  struct none {};
  struct three { std::string a; int b = 0; std::vector<int> c; };
  EXPECT_EQ(field_count<none>(), 0U);
  EXPECT_EQ(field_count<three>(), 3U);
}

} // namespace
} // namespace evs::test
