#include "replay/route.h"

#include <string>

#include <gtest/gtest.h>

namespace httpprof::replay {
namespace {

TEST(RouteTest, WordsStay) {
    for (const std::string path : {"",
                                   "/",
                                   "*",
                                   "/api/v1/users",
                                   "/a//b/",
                                   "/decade",
                                   "/deadbeef",
                                   "/2024-04-08",
                                   "/1.5",
                                   "/x1",
                                   "/12a",
                                   "/jquery-3.6.0.min.js",
                                   "/caf%C3%A9",
                                   "/ubuntu-22.04-desktop-amd64.iso",
                                   "/my-2-favourite-books-of-2024-3",
                                   "/my_2_favourite_books_of_2024_3",
                                   "/aVeryLongNameOfAMethodInV2",
                                   "/id=",
                                   "/.",
                                   "/..",
                                   "/.5",
                                   "/-1",
                                   "/0x10"}) {
        EXPECT_EQ(path_pattern(path), path);
    }
}

TEST(RouteTest, NumbersUuidsHexAndTokensDoNot) {
    EXPECT_EQ(path_pattern("/users/42/posts/0"), "/users/{id}/posts/{id}");
    EXPECT_EQ(path_pattern("7"), "{id}");
    EXPECT_EQ(path_pattern("/o/550e8400-e29b-41d4-a716-446655440000/x"), "/o/{id}/x");
    EXPECT_EQ(path_pattern("/o/550E8400-E29B-41D4-A716-446655440000"), "/o/{id}");
    EXPECT_EQ(path_pattern("/o/550e8400-e29b-41d4-a716-44665544000"),
              "/o/550e8400-e29b-41d4-a716-44665544000");
    EXPECT_EQ(path_pattern("/c/507f1f77bcf86cd799439011"), "/c/{id}");
    EXPECT_EQ(path_pattern("/c/1234567a"), "/c/{id}");
    EXPECT_EQ(path_pattern("/c/123456a"), "/c/123456a");
    EXPECT_EQ(path_pattern("/t/Zm9vYmFyMTIzNDU2Nzg5MA=="), "/t/{id}");
    EXPECT_EQ(path_pattern("/t/p2-oT_9bLx0Kq7Vw3nZtR"), "/t/{id}");
    EXPECT_EQ(path_pattern("/t/01ARZ3NDEKTSV4RRFFQ69G5FAV"), "/t/{id}");
}

TEST(RouteTest, ExtensionsStayAndParametersGo) {
    EXPECT_EQ(path_pattern("/img/42.png"), "/img/{id}.png");
    EXPECT_EQ(path_pattern("/img/550e8400-e29b-41d4-a716-446655440000.jpeg"), "/img/{id}.jpeg");
    EXPECT_EQ(path_pattern("/img/42.thumbnail"), "/img/42.thumbnail");
    EXPECT_EQ(path_pattern("/cart;jsessionid=1A2B/item;v=1"), "/cart/item");
}

TEST(RouteTest, IsOfMethodAuthorityAndPath) {
    EXPECT_EQ(route_of("GET", "/users/42?full=1", "Shop.example:8080"),
              (Route{"GET", "shop.example:8080", "/users/{id}"}));
    EXPECT_EQ(route_of("GET", "http://me:secret@A.example/1", "b"),
              (Route{"GET", "a.example", "/{id}"}));
    EXPECT_EQ(route_of("CONNECT", "a.example:443", "b"), (Route{"CONNECT", "a.example:443", ""}));
    EXPECT_EQ(route_of("", "", ""), (Route{}));
}

TEST(RouteTest, LongTextsAreCutBetweenCharacters) {
    const std::string long_text(100'000, 'x');
    const Route route = route_of(long_text, "/" + long_text, long_text);
    EXPECT_EQ(route.method, std::string(29, 'x') + "...");
    EXPECT_EQ(route.authority, std::string(252, 'x') + "...");
    EXPECT_EQ(route.path, "/" + std::string(251, 'x') + "...");

    std::string accents = "/";
    for (int i = 0; i < 200; ++i)
        accents += "\xC3\xA9";
    const std::string path = route_of("GET", accents, "h").path;
    EXPECT_EQ(path, accents.substr(0, 251) + "...");
}

}  // namespace
}  // namespace httpprof::replay
