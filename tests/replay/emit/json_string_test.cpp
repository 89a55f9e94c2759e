#include "replay/emit/json_string.h"

#include <random>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "replay/emit/text.h"

namespace httpprof::replay {
namespace {

using namespace std::string_literals;

std::string written(const std::string& text) {
    std::string json = "[";
    append_json_string(json, text);
    return json + "]";
}

std::string expected(const std::string& text) {
    return nlohmann::json::array({text}).dump();
}

TEST(JsonString, EscapesEachCharacterAsNlohmannDoes) {
    for (int c = 0; c < 128; ++c) {
        const std::string text(1, static_cast<char>(c));
        EXPECT_EQ(written(text), expected(text)) << c;
    }
}

TEST(JsonString, AtEachPlaceOfABlock) {
    for (std::size_t size = 0; size < 70; ++size) {
        for (std::size_t at = 0; at < size; ++at) {
            std::string text(size, 'a');
            for (const char c : {'"', '\\', '\n', '\b', '\x0b', '\x10', '\x1a', '\x1f'}) {
                text[at] = c;
                ASSERT_EQ(written(text), expected(text)) << size << ' ' << at;
            }
        }
    }
}

TEST(JsonString, TextsOfAllKinds) {
    std::mt19937 random(7);
    const std::string alphabet =
        "\"\\\n\r\t\b\f\0\x01\x1f\x7f /aZ\xC3\xBC\xE2\x80\xA8\xF0\x9F\x98\x80"s;
    for (int i = 0; i < 2000; ++i) {
        std::string text(random() % 3000, 'x');
        for (char& c : text) {
            if (random() % 4 == 0) c = alphabet[random() % alphabet.size()];
        }
        text = as_utf8(text);
        ASSERT_EQ(written(text), expected(text));
    }
}

}  // namespace
}  // namespace httpprof::replay
