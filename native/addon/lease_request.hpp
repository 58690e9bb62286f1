#pragma once

#include <napi.h>

#include <optional>

#include "core/lease.hpp"

namespace blacksmith {

/** `new LeaseRequest(directory, needs, project, target)`; its place in the queue goes with `leave()`. */
class LeaseRequestBinding : public Napi::ObjectWrap<LeaseRequestBinding> {
public:
    static Napi::Function define(Napi::Env env);
    explicit LeaseRequestBinding(const Napi::CallbackInfo& info);

private:
    Napi::Value attempt(const Napi::CallbackInfo& info);
    Napi::Value waiting(const Napi::CallbackInfo& info);
    Napi::Value lease(const Napi::CallbackInfo& info);
    void leave(const Napi::CallbackInfo& info);

    std::optional<LeaseRequest> request_;
};

}  // namespace blacksmith
