// Waiting for what happens, however long the machine takes for it.
#pragma once

#include <functional>

namespace httpprof::test {

// False when it still has not come true after a minute.
bool wait_until(const std::function<bool()>& condition);

}  // namespace httpprof::test
