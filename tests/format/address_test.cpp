#include <random>

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include "format/record.h"

namespace httpprof::format {
namespace {

Endpoint parse(const char* text) {
    Endpoint endpoint;
    EXPECT_EQ(::inet_pton(AF_INET6, text, endpoint.address.data()), 1) << text;
    return endpoint;
}

TEST(AddressText, OfIpv4MappedIsADottedQuad) {
    EXPECT_EQ(address_text(parse("::ffff:127.0.0.1")), "127.0.0.1");
    EXPECT_EQ(address_text(parse("::ffff:255.255.255.255")), "255.255.255.255");
    EXPECT_EQ(address_text(parse("::ffff:0.0.0.0")), "0.0.0.0");
}

// RFC 5952, 4.1 to 4.3.
TEST(AddressText, OfIpv6IsCanonical) {
    EXPECT_EQ(address_text(parse("::")), "::");
    EXPECT_EQ(address_text(parse("::1")), "::1");
    EXPECT_EQ(address_text(parse("1::")), "1::");
    EXPECT_EQ(address_text(parse("2001:0db8::0001")), "2001:db8::1");
    EXPECT_EQ(address_text(parse("2001:DB8:0:0:0:0:2:1")), "2001:db8::2:1");
    EXPECT_EQ(address_text(parse("2001:db8:0:1:1:1:1:1")), "2001:db8:0:1:1:1:1:1");
    EXPECT_EQ(address_text(parse("2001:0:0:1:0:0:0:1")), "2001:0:0:1::1");
    EXPECT_EQ(address_text(parse("2001:db8:0:0:1:0:0:1")), "2001:db8::1:0:0:1");
    EXPECT_EQ(address_text(parse("fe80::abcd:ef01:2345:6789")), "fe80::abcd:ef01:2345:6789");
    EXPECT_EQ(address_text(parse("1:2:3:4:5:6:7:8")), "1:2:3:4:5:6:7:8");
}

TEST(AddressText, ParsesBack) {
    std::mt19937 random(1);
    for (int i = 0; i < 2000; ++i) {
        Endpoint endpoint;
        for (std::uint8_t& byte : endpoint.address)
            byte = random() % 2 == 0 ? 0 : static_cast<std::uint8_t>(random());
        endpoint.address[0] = 0x20;  // not IPv4-mapped
        EXPECT_EQ(parse(address_text(endpoint).c_str()), endpoint);
    }
}

}  // namespace
}  // namespace httpprof::format
