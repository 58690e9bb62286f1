#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/card_kind.hpp"
#include "core/device.hpp"
#include "core/roots.hpp"

namespace blacksmith {

/**
 * Tenstorrent cards by what their kernel driver (tt-kmd 2.x) shows in /dev, /sys and /proc; no node is
 * opened. Since 2.6 the folder of nodes also holds `by-id`, so only all-digit names are cards.
 */
std::vector<Device> discover_tenstorrent(const Roots& roots = {});

/** Where the driver keeps a card's attributes: /sys/class/tenstorrent/tenstorrent!N. */
std::string tenstorrent_folder(const Device& device, const Roots& roots);

/** What to do with a card that does not answer; `id` is its PCI address. */
std::string reset_remedy(const std::string& id);

/** hwmon and tt_aiclk. The driver gives neither utilisation nor memory used. */
Sensors read_tenstorrent_sensors(const Device& device, const Roots& roots = {});

/**
 * Processes that have the card's node open: /proc/driver/tenstorrent/N/pids (2.5), each once. 0 stands for
 * one outside our PID namespace. Nothing where the driver is older.
 */
std::vector<pid_t> tenstorrent_processes(const Device& device, const Roots& roots = {});

/** Opens the node, reads its attributes, and waits up to `timeout` ms for its heartbeat (2.7) to move. */
std::optional<Fault> check_tenstorrent(const Device& device, const Roots& roots = {}, int timeout = 1500);

/** The same as one look; boards that share a serial number are leased as one. */
std::shared_ptr<const Cards> look_for_tenstorrent(const Roots& roots);

}  // namespace blacksmith
