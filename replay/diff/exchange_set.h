// The exchanges of one run, out of its events, reduced to what can be compared with another run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "format/result.h"
#include "replay/diff/json_tree.h"

namespace httpprof::replay {

// A request and its responses as one end saw them.
struct RecordedExchange {
    std::string comm;
    bool is_client = false;  // else it was recorded at the server's end
    std::string method;      // empty, as the target, of responses without their request
    std::string target;
    std::string connection;
    std::string name;  // its field `exchange`, or where there is none its connection

    // Objects with the fields of the events that are compared: names of headers and trailers are in
    // lower case, a body that is a JSON object or array is one. What differs between any two runs
    // is not there, nor what follows from the rest (the sizes of JSON bodies).
    std::optional<JsonTree> request;
    std::vector<JsonTree> responses;  // interim ones first

    // What exchanges of two runs have to agree in for being the same one. Digits in the name of a
    // thread tell which one of many took the request, and do not matter.
    std::tuple<std::string, bool, std::string_view, std::string_view> key() const;
};

class ExchangeSet {
  public:
    static constexpr std::size_t kDefaultLimit = std::size_t{1} << 30U;

    // Header fields of these names are not compared, as Date is not; without regard to case.
    // `limit`: bytes of memory that the set may take.
    explicit ExchangeSet(const std::vector<std::string>& ignored_headers,
                         std::size_t limit = kDefaultLimit);

    // A line of the output of analyze. The error says what is wrong with it.
    Result<void> add_event(std::string_view line);

    // In the order of their first events.
    const std::vector<RecordedExchange>& exchanges() const { return exchanges_; }
    // By --max-body: of what is behind the cut only the size is compared.
    bool has_cut_bodies() const { return has_cut_bodies_; }

  private:
    RecordedExchange& exchange_of(const JsonTree& event);
    Result<JsonTree> kept(JsonTree event);

    std::set<std::string> ignored_headers_;  // in lower case
    std::size_t limit_;
    std::size_t used_ = 0;  // of that, by the trees
    bool has_cut_bodies_ = false;
    std::vector<RecordedExchange> exchanges_;
    std::map<std::string, std::size_t> numbers_;  // by the field `exchange`
};

}  // namespace httpprof::replay
