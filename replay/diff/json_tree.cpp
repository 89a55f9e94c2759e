#include "replay/diff/json_tree.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "replay/emit/json_string.h"

namespace httpprof::replay {
namespace {

constexpr std::size_t kMaxTreeDepth = 200;  // what walks a tree is recursive
// A value of two bytes takes a hundred in a tree.
constexpr std::size_t kMaxTreeValues = 1'000'000;

// Builds the tree from what nlohmann's parser reports. A method that returns false ends the
// parsing.
class TreeBuilder {
  public:
    using Json = nlohmann::json;

    bool null() { return add({}); }
    bool boolean(bool value) {
        return add({JsonTree::Kind::boolean, value ? "true" : "false", {}, {}});
    }
    // Only of numbers with a sign.
    bool number_integer(Json::number_integer_t value) {
        return number(value == 0 ? "-0" : std::to_string(value));
    }
    bool number_unsigned(Json::number_unsigned_t value) { return number(std::to_string(value)); }
    bool number_float(Json::number_float_t, const std::string& written) { return number(written); }
    bool string(std::string& value) { return add(JsonTree::text(std::move(value))); }
    bool binary(Json::binary_t&) { return false; }  // not in JSON

    bool start_object(std::size_t) { return open(JsonTree::Kind::object); }
    bool key(std::string& name) {
        open_.back().names.push_back(std::move(name));
        return true;
    }
    bool end_object() { return sort(open_.back()) && close(); }
    bool start_array(std::size_t) { return open(JsonTree::Kind::array); }
    bool end_array() { return close(); }

    bool parse_error(std::size_t, const std::string&, const Json::exception&) { return false; }

    JsonTree take() { return std::move(root_); }

  private:
    bool number(std::string written) {
        return add({JsonTree::Kind::number, std::move(written), {}, {}});
    }

    bool add(JsonTree tree) {
        (open_.empty() ? root_ : open_.back().elements.emplace_back()) = std::move(tree);
        return ++values_ <= kMaxTreeValues;
    }

    bool open(JsonTree::Kind kind) {
        open_.emplace_back().kind = kind;
        return open_.size() <= kMaxTreeDepth;
    }

    bool close() {
        JsonTree closed = std::move(open_.back());
        open_.pop_back();
        return add(std::move(closed));
    }

    // False when a name is there twice.
    static bool sort(JsonTree& object) {
        std::vector<std::pair<std::string, JsonTree>> members;
        for (std::size_t i = 0; i < object.names.size(); ++i)
            members.emplace_back(std::move(object.names[i]), std::move(object.elements[i]));
        std::ranges::sort(
            members, {}, [](const auto& member) -> auto& { return member.first; });
        for (std::size_t i = 0; i < members.size(); ++i) {
            object.names[i] = std::move(members[i].first);
            object.elements[i] = std::move(members[i].second);
        }
        return std::ranges::adjacent_find(object.names) == object.names.end();
    }

    JsonTree root_;
    std::vector<JsonTree> open_;  // from the outermost
    std::size_t values_ = 0;
};

void append_tree(std::string& text, const JsonTree& tree) {
    switch (tree.kind) {
        case JsonTree::Kind::null:
            text += "null";
            return;
        case JsonTree::Kind::boolean:
        case JsonTree::Kind::number:
            text += tree.scalar;
            return;
        case JsonTree::Kind::text:
            append_json_string(text, tree.scalar);
            return;
        case JsonTree::Kind::array:
        case JsonTree::Kind::object:
            break;
    }
    const bool is_object = tree.kind == JsonTree::Kind::object;
    text += is_object ? '{' : '[';
    for (std::size_t i = 0; i < tree.elements.size(); ++i) {
        if (i > 0) text += ',';
        if (is_object) append_json_string(text, tree.names[i]);
        if (is_object) text += ':';
        append_tree(text, tree.elements[i]);
    }
    text += is_object ? '}' : ']';
}

// What the heap keeps beside a block.
constexpr std::size_t kAroundBlock = 16;

std::size_t heap_of(const std::string& text) {
    const bool is_in_place = text.capacity() <= std::string().capacity();
    return is_in_place ? 0 : text.capacity() + kAroundBlock;
}

}  // namespace

const JsonTree* JsonTree::find(std::string_view name) const {
    const auto found = std::ranges::lower_bound(names, name);
    if (found == names.end() || *found != name) return nullptr;
    return &elements[static_cast<std::size_t>(found - names.begin())];
}

std::optional<std::string> JsonTree::scalar_of(std::string_view name, Kind of_kind) const {
    const JsonTree* element = find(name);
    if (element == nullptr || element->kind != of_kind) return std::nullopt;
    return element->scalar;
}

void JsonTree::insert(std::string name, JsonTree element) {
    const auto place = std::ranges::lower_bound(names, name);
    elements.insert(elements.begin() + (place - names.begin()), std::move(element));
    names.insert(place, std::move(name));
}

void JsonTree::erase(std::string_view name) {
    const auto found = std::ranges::lower_bound(names, name);
    if (found == names.end() || *found != name) return;
    elements.erase(elements.begin() + (found - names.begin()));
    names.erase(found);
}

std::size_t JsonTree::memory() const {
    std::size_t bytes = sizeof *this + heap_of(scalar);
    if (names.capacity() + elements.capacity() > 0) bytes += 2 * kAroundBlock;
    bytes += names.capacity() * sizeof(std::string);
    bytes += (elements.capacity() - elements.size()) * sizeof(JsonTree);
    for (const std::string& name : names)
        bytes += heap_of(name);
    for (const JsonTree& element : elements)
        bytes += element.memory();
    return bytes;
}

std::optional<JsonTree> parse_json(std::string_view text) {
    TreeBuilder builder;
    try {
        if (!nlohmann::json::sax_parse(text.begin(), text.end(), &builder)) return std::nullopt;
    } catch (const nlohmann::json::exception&) {
        return std::nullopt;
    }
    return builder.take();
}

std::string to_json(const JsonTree& tree) {
    std::string text;
    append_tree(text, tree);
    return text;
}

}  // namespace httpprof::replay
