// The mixed traffic of a web site and its API, or calls of the API alone: README.md names the
// shares.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/bench/exchange.h"
#include "tools/bench/made_up.h"

namespace httpprof::bench {

class WebExchanges : public ExchangeSource {
  public:
    enum class Mix { web, api };

    WebExchanges(std::uint64_t seed, Mix mix);

    Exchange next() override;

  private:
    enum class Framing { length, chunked, none };
    struct Content {
        std::string type;
        std::string coding = {};  // Content-Encoding, or empty
        std::string bytes = {};
        Framing framing = Framing::length;
    };

    Exchange api_call();
    Exchange page_view();
    std::string api_head(std::string_view method);
    std::string browser_head(std::string_view path);
    std::string opaque_token(std::size_t size);
    std::string json(std::size_t size);
    std::string html(std::size_t size);
    Content api_content();
    Content page_content();
    const std::string& compressed_page();
    std::string response_head(std::string_view status, const Content& content);
    std::vector<std::string> response(std::string_view status, const Content& content);

    MadeUp made_up_;
    const Mix mix_;
    std::vector<std::string> compressed_pages_;  // gzip takes far longer than all else
};

}  // namespace httpprof::bench
