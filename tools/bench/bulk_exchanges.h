// Messages of up to 64 KiB that take many calls each, so that many of them are open at a time. Made
// and compressed quickly: all bodies are pieces of one text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/bench/exchange.h"
#include "tools/bench/made_up.h"

namespace httpprof::bench {

class BulkExchanges : public ExchangeSource {
  public:
    explicit BulkExchanges(std::uint64_t seed);

    Exchange next() override;

  private:
    std::vector<std::string> message(std::string_view start_line, std::size_t size);

    MadeUp made_up_;
    std::string text_;
};

}  // namespace httpprof::bench
