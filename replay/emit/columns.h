// Text in the columns of a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace httpprof::replay {

// The bytes as a terminal can show them: nothing in it acts on the terminal, is invisible or
// reorders what stands around it. Such characters are shown as \xNN or \u{NNNN}.
std::string terminal_text(std::string_view bytes);

// How many columns well-formed UTF-8 takes: two for a wide character, else one.
std::size_t columns(std::string_view text);

// The text cut to so many columns, with an ellipsis at its end where something was cut off.
std::string fitted(std::string text, std::size_t width);

// The same, with spaces behind it up to that width.
std::string padded(std::string text, std::size_t width);

}  // namespace httpprof::replay
