#include "replay/normalize/port_ordinals.h"

#include <string>

#include <gtest/gtest.h>

#include "tests/support/fake_capture.h"

namespace httpprof::replay {
namespace {

format::Endpoint end_at(std::uint16_t port) {
    format::Endpoint end = test::FakeConnection(1).socket.local;
    end.port = port;
    return end;
}

TEST(PortOrdinalsTest, AClientHasTheSameWhereverItIsNamed) {
    PortOrdinals ports;
    ports.add_client(end_at(50001));
    ports.add_client(end_at(50002));
    ports.add_server(40000);
    const std::string address = format::address_text(end_at(0));
    EXPECT_EQ(ports.of_named_client("for=" + address, 50002), 1);
    EXPECT_EQ(ports.of_server(40000), 2);
    EXPECT_EQ(ports.of_client(50001), 3);
    EXPECT_EQ(ports.of_client(50002), 1);
    for (const std::string& before :
         {std::string("localhost"), std::string(), "1" + address, "1." + address})
        EXPECT_EQ(ports.of_named_client(before, 50001), 0) << before;
    EXPECT_EQ(ports.of_named_client(address, 40000), 0);
}

TEST(PortOrdinalsTest, APortOfSeveralConnectionsNamesNone) {
    PortOrdinals ports;
    for (int i = 0; i < 3; ++i)
        ports.add_client(end_at(50001));
    EXPECT_EQ(ports.of_client(50001), 1);
    EXPECT_EQ(ports.of_client(50001), 2);
    EXPECT_EQ(ports.of_named_client(format::address_text(end_at(0)), 50001), 0);
}

TEST(PortOrdinalsTest, AnIpv6AddressIsInBrackets) {
    format::Endpoint end{.port = 50001};
    end.address[15] = 1;
    PortOrdinals ports;
    ports.add_client(end);
    EXPECT_EQ(ports.of_named_client("::1", 50001), 0);
    EXPECT_EQ(ports.of_named_client("for=\"[::1]", 50001), 1);
}

}  // namespace
}  // namespace httpprof::replay
