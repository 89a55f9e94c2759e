// The goldens through other people's readers: every line is JSON, every document is YAML, and they
// hold what every event and every document has to have.
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <yaml-cpp/yaml.h>

namespace httpprof {
namespace {

std::vector<std::filesystem::path> goldens(const std::string& extension) {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator("testdata/captures")) {
        if (entry.path().extension() == extension) {
            found.push_back(entry.path());
        }
    }
    return found;
}

void expect_event(const nlohmann::json& event) {
    EXPECT_TRUE(event.at("timestamp").is_string());
    EXPECT_TRUE(event.at("pid").is_number_unsigned());
    EXPECT_FALSE(event.at("comm").get<std::string>().empty());
    const auto direction = event.at("direction").get<std::string>();
    EXPECT_TRUE(direction == "send" || direction == "recv") << direction;
    EXPECT_NE(event.at("source_port"), event.at("dest_port"));
    EXPECT_NE(event.contains("method"), event.contains("status_code"));
    EXPECT_EQ(event.contains("method"), event.contains("url"));
}

TEST(Goldens, EveryLineIsAJsonEvent) {
    const auto files = goldens(".jsonl");
    ASSERT_FALSE(files.empty());
    for (const auto& file : files) {
        std::ifstream in(file);
        int number = 0;
        for (std::string line; std::getline(in, line);) {
            SCOPED_TRACE(file.string() + ":" + std::to_string(++number));
            EXPECT_NO_THROW(expect_event(nlohmann::json::parse(line)));
        }
        EXPECT_GE(number, 4) << file << ": two messages, at each of two ends";
    }
}

TEST(Goldens, EveryYamlDocumentIsAProcess) {
    const auto files = goldens(".yaml");
    ASSERT_FALSE(files.empty());
    for (const auto& file : files) {
        SCOPED_TRACE(file.string());
        const std::vector<YAML::Node> documents = YAML::LoadAllFromFile(file.string());
        EXPECT_GE(documents.size(), 2U) << "a client and a server";
        for (const YAML::Node& document : documents) {
            EXPECT_GT(document["pid"].as<unsigned>(), 0U);
            EXPECT_TRUE(document["env"].IsMap() || document["error"].IsScalar());
        }
    }
}

// Values that a YAML loader would read as a boolean, a number or two lines come back as they were.
TEST(Goldens, VariablesComeBackAsTheyWere) {
    int clients = 0;
    for (const YAML::Node& document :
         YAML::LoadAllFromFile("testdata/captures/v1.0/nginx-get.yaml")) {
        if (document["comm"].as<std::string>() == "curl") {
            ++clients;
            EXPECT_EQ(document["env"]["HTTP_PROXY_MODE"].as<std::string>(), "no");
            EXPECT_EQ(document["env"]["HTTP_MASK"].as<std::string>(), "0x1F");
            EXPECT_EQ(document["env"]["HTTP_NOTE"].as<std::string>(),
                      "two\nlines, \"quotes\" and Żółć");
        }
    }
    EXPECT_EQ(clients, 1);
}

}  // namespace
}  // namespace httpprof
