#pragma once

#include <napi.h>

namespace blacksmith {

/** `listTree(root, skip)`: a promise of the listing's bytes. */
Napi::Value list_tree(const Napi::CallbackInfo& info);

}  // namespace blacksmith
