#include "addon/sampler.hpp"

#include "addon/convert.hpp"

namespace blacksmith {

Napi::Function SamplerBinding::define(Napi::Env env) {
    return DefineClass(env, "Sampler", {InstanceMethod<&SamplerBinding::stop>("stop")});
}

SamplerBinding::SamplerBinding(const Napi::CallbackInfo& info) : Napi::ObjectWrap<SamplerBinding>(info) {
    const std::string file = to_string(info[0], "file");
    const auto units = to_strings(info[1], "units");
    const auto cores = to_numbers(info[2], "cores");
    const std::chrono::milliseconds interval(info[3].ToNumber().Int32Value());
    const Roots roots = to_roots(info[4]);
    guarded(info.Env(), [&] { sampler_.emplace(file, probes_for(units, cores, roots), interval); });
}

void SamplerBinding::stop(const Napi::CallbackInfo&) {
    sampler_->stop();
}

}  // namespace blacksmith
