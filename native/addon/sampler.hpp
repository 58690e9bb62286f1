#pragma once

#include <napi.h>

#include <optional>

#include "core/sampler.hpp"

namespace blacksmith {

/** `new Sampler(file, units, cores, milliseconds, roots?)`, which samples until `stop()`. */
class SamplerBinding : public Napi::ObjectWrap<SamplerBinding> {
public:
    static Napi::Function define(Napi::Env env);
    explicit SamplerBinding(const Napi::CallbackInfo& info);

private:
    void stop(const Napi::CallbackInfo& info);

    std::optional<Sampler> sampler_;
};

}  // namespace blacksmith
