// JSON by structure: the order of names and white space do not matter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace httpprof::replay {

struct JsonTree {
    enum class Kind : std::uint8_t { null, boolean, number, text, array, object };

    Kind kind = Kind::null;
    // A text; a number as it was written, so that none is taken for another for lack of precision;
    // "true" or "false".
    std::string scalar;
    std::vector<std::string> names;  // of an object, sorted; one for each element
    std::vector<JsonTree> elements;  // of an object or array

    bool operator==(const JsonTree&) const = default;

    bool is_container() const { return kind == Kind::array || kind == Kind::object; }
    // The element of this name; null when this is no object or has none.
    const JsonTree* find(std::string_view name) const;
    // The scalar of the element of this name, when it is of this kind.
    std::optional<std::string> scalar_of(std::string_view name, Kind of_kind) const;
    // Keeps the names sorted. The name must be new.
    void insert(std::string name, JsonTree element);
    void erase(std::string_view name);
    std::size_t memory() const;  // bytes that it takes, with what is in it

    static JsonTree text(std::string value) { return {Kind::text, std::move(value), {}, {}}; }
};

// Nothing when the text is not JSON, or is JSON that a tree cannot hold without loss or danger: an
// object with one name twice, more than 200 levels, or more than a million values.
std::optional<JsonTree> parse_json(std::string_view text);

// In one line, names sorted. Equal trees have equal texts, and different ones different texts.
std::string to_json(const JsonTree& tree);

}  // namespace httpprof::replay
