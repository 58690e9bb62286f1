#include "addon/convert.hpp"

#include <cstring>

namespace blacksmith {
namespace {

[[noreturn]] void refuse_type(const Napi::Value& value, const std::string& name, const char* type) {
    throw Napi::TypeError::New(value.Env(), name + " has to be " + type);
}

Napi::Object process_from(Napi::Env env, const ProcessIdentity& process) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("pid", process.pid);
    object.Set("life", [&] {
        switch (life_of(process)) {
            case Life::alive: return "alive";
            case Life::stopped: return "stopped";
            case Life::dead: return "dead";
            case Life::unknown: break;
        }
        return "unknown";
    }());
    return object;
}

}  // namespace

int to_descriptor(const Napi::Value& value) {
    if (!value.IsNumber() || value.As<Napi::Number>().Int32Value() < 0) {
        refuse_type(value, "a file descriptor", "a number, zero or more");
    }
    return value.As<Napi::Number>().Int32Value();
}

std::string to_string(const Napi::Value& value, const char* name) {
    if (!value.IsString()) refuse_type(value, name, "a string");
    return value.As<Napi::String>().Utf8Value();
}

std::vector<std::string> to_strings(const Napi::Value& value, const char* name) {
    if (!value.IsArray()) refuse_type(value, name, "a list of strings");
    const auto array = value.As<Napi::Array>();
    std::vector<std::string> strings;
    for (std::uint32_t i = 0; i < array.Length(); ++i) strings.push_back(to_string(array.Get(i), name));
    return strings;
}

std::vector<Need> to_needs(const Napi::Value& value) {
    if (!value.IsArray()) refuse_type(value, "needs", "a list");
    const auto array = value.As<Napi::Array>();
    std::vector<Need> needs;
    for (std::uint32_t i = 0; i < array.Length(); ++i) {
        const auto need = array.Get(i).As<Napi::Object>();
        needs.push_back({.candidates = to_strings(need.Get("candidates"), "candidates"),
                         .count = static_cast<std::size_t>(need.Get("count").As<Napi::Number>().Uint32Value())});
    }
    return needs;
}

Roots to_roots(const Napi::Value& value) {
    Roots roots;
    if (!value.IsObject()) return roots;
    const auto object = value.As<Napi::Object>();
    const auto set = [&](const char* name, std::string& root) {
        if (object.Has(name)) root = to_string(object.Get(name), name);
    };
    set("sys", roots.sys);
    set("dev", roots.dev);
    set("proc", roots.proc);
    set("nvml", roots.nvml);
    return roots;
}

Napi::Value from(Napi::Env env, const std::vector<std::string>& values) {
    Napi::Array array = Napi::Array::New(env, values.size());
    for (std::size_t i = 0; i < values.size(); ++i) array.Set(static_cast<std::uint32_t>(i), values[i]);
    return array;
}

Napi::Value from(Napi::Env env, const std::vector<pid_t>& processes) {
    Napi::Array array = Napi::Array::New(env, processes.size());
    for (std::size_t i = 0; i < processes.size(); ++i) {
        Napi::Object process = Napi::Object::New(env);
        process.Set("pid", processes[i]);
        process.Set("command", command_of(processes[i]));
        array.Set(static_cast<std::uint32_t>(i), process);
    }
    return array;
}

Napi::Value from(Napi::Env env, const HolderRecord& record) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("state", to_string(record.state));
    object.Set("lease", record.lease);
    object.Set("host", record.host);
    object.Set("executor", process_from(env, record.executor));
    object.Set("supervisor", record.supervisor.pid == 0 ? env.Null() : process_from(env, record.supervisor));
    object.Set("uid", record.uid);
    object.Set("project", record.project);
    object.Set("target", record.target);
    object.Set("since", static_cast<double>(record.since));
    object.Set("reason", record.reason);
    object.Set("remedy", record.remedy);
    object.Set("description", describe(record));
    return object;
}

Napi::Value from(Napi::Env env, const BusyDevice& device) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("name", device.name);
    object.Set("holder", from(env, device.holder));
    object.Set("processes", from(env, device.processes));
    object.Set("abandoned", !device.holder.lease.empty() && holders_are_dead(device.holder));
    return object;
}

Napi::Value from(Napi::Env env, const Waiting& waiting) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("ahead", static_cast<double>(waiting.ahead));
    object.Set("busy", array_from(env, waiting.busy));
    object.Set("undecided", waiting.undecided);
    return object;
}

Napi::Value from(Napi::Env env, HeldDevice device) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("name", device.name);
    object.Set("writable", device.writable);
    object.Set("before", from(env, device.before));
    object.Set("fd", device.descriptor.release());
    return object;
}

Napi::Error to_error(Napi::Env env, const std::system_error& error) {
    const int number = error.code().value();
    const char* name = error.code().category() == std::generic_category() ? strerrorname_np(number) : nullptr;
    if (name == nullptr) return Napi::Error::New(env, error.what());
    Napi::Error made = Napi::Error::New(env, std::string(name) + ": " + error.what());
    made.Set("code", Napi::String::New(env, name));
    made.Set("errno", Napi::Number::New(env, -number));
    return made;
}

Napi::Error to_error(Napi::Env env, const Refusal& refusal) {
    Napi::Error made = Napi::Error::New(env, refusal.what());
    made.Set("code", Napi::String::New(env, "BLACKSMITH_REFUSAL"));
    made.Set("remedy", Napi::String::New(env, refusal.remedy()));
    return made;
}

}  // namespace blacksmith
