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
            case Life::alive:
                return "alive";
            case Life::stopped:
                return "stopped";
            case Life::dead:
                return "dead";
            case Life::unknown:
                break;
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

std::vector<int> to_numbers(const Napi::Value& value, const char* name) {
    if (!value.IsArray()) refuse_type(value, name, "a list of numbers");
    const auto array = value.As<Napi::Array>();
    std::vector<int> numbers;
    for (std::uint32_t i = 0; i < array.Length(); ++i) {
        if (!array.Get(i).IsNumber()) refuse_type(value, name, "a list of numbers");
        numbers.push_back(array.Get(i).As<Napi::Number>().Int32Value());
    }
    return numbers;
}

std::vector<Need> to_needs(const Napi::Value& value) {
    if (!value.IsArray()) refuse_type(value, "needs", "a list");
    const auto array = value.As<Napi::Array>();
    std::vector<Need> needs;
    for (std::uint32_t i = 0; i < array.Length(); ++i) {
        const auto need = array.Get(i).As<Napi::Object>();
        needs.push_back(
            {.candidates = to_strings(need.Get("candidates"), "candidates"),
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
        // 0 is a process outside our PID namespace, as the driver lists it.
        process.Set("command", processes[i] > 0 ? command_of(processes[i]) : "");
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

Napi::Value from(Napi::Env env, const Waiter& waiter) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("number", static_cast<double>(waiter.number));
    object.Set("holder", from(env, waiter.record));
    Napi::Array needs = Napi::Array::New(env, waiter.needs.size());
    for (std::size_t i = 0; i < waiter.needs.size(); ++i) {
        Napi::Object need = Napi::Object::New(env);
        need.Set("candidates", from(env, waiter.needs[i].candidates));
        need.Set("count", static_cast<double>(waiter.needs[i].count));
        needs.Set(static_cast<std::uint32_t>(i), need);
    }
    object.Set("needs", needs);
    return object;
}

Napi::Value from(Napi::Env env, const Survey& survey) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("held", array_from(env, survey.held));
    object.Set("marked", array_from(env, survey.marked));
    object.Set("waiters", array_from(env, survey.waiters));
    return object;
}

Napi::Value from(Napi::Env env, const std::optional<Fault>& fault) {
    if (!fault) return env.Null();
    Napi::Object object = Napi::Object::New(env);
    object.Set("reason", fault->reason);
    object.Set("remedy", fault->remedy);
    return object;
}

Napi::Value from(Napi::Env env, const Device& device) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("kind", device.kind);
    object.Set("id", device.id);
    object.Set("model", device.model);
    object.Set("architecture", device.architecture);
    object.Set("serial", device.serial);
    object.Set("firmware", device.firmware);
    object.Set("pciAddress", device.pci_address);
    object.Set("node", device.node);
    object.Set("chips", device.chips);
    object.Set("mig", device.mig);
    object.Set("fault", from(env, device.fault));
    return object;
}

Napi::Value from(Napi::Env env, const Unit& unit) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("name", unit.name);
    object.Set("kind", unit.kind);
    object.Set("devices", array_from(env, unit.devices));
    return object;
}

Napi::Value from(Napi::Env env, const Inventory& inventory) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("units", array_from(env, inventory.units));
    Napi::Object drivers = Napi::Object::New(env);
    for (const auto& [kind, driver] : inventory.drivers) {
        Napi::Object known = Napi::Object::New(env);
        known.Set("version", driver.version);
        known.Set("problem", driver.problem);
        drivers.Set(kind, known);
    }
    object.Set("drivers", drivers);
    return object;
}

Napi::Value from(Napi::Env env, const Inspection& inspection) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("strangers", from(env, inspection.strangers));
    object.Set("fault", from(env, inspection.fault));
    return object;
}

Napi::Value from(Napi::Env env, const Leftovers& leftovers) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("killed", from(env, leftovers.killed));
    object.Set("remaining", from(env, leftovers.remaining));
    return object;
}

Napi::Value from(Napi::Env env, const LandlockSupport& support) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("abi", support.abi);
    object.Set("reason", support.reason);
    return object;
}

Napi::Value from(Napi::Env env, HeldDevice device) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("name", device.name);
    object.Set("writable", device.writable);
    object.Set("before", from(env, device.before));
    object.Set("needsCheck", needs_check(device.before));
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
