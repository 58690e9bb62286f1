#pragma once

namespace blacksmith {

enum class LockMode { shared, exclusive };

/**
 * Takes an flock(2) on an open descriptor without waiting.
 *
 * The lock belongs to the open file description: a child that inherits the descriptor holds it too, and it
 * ends when the last of them closes. Nobody may call LOCK_UN, since that would free it under the child.
 *
 * @return false when somebody else holds it; throws std::system_error for any other reason.
 */
bool try_flock(int descriptor, LockMode mode);

}  // namespace blacksmith
