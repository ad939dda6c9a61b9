// Package raylib draws scenes in a window, on a board's display or into memory.
// It is the only package that knows the raylib library and the only one under ui with C in it.
//
// One of three backends is chosen when the program is built (constant Variant;
// scripts/build-kiosk holds the flags):
//
//   - "window": the default, a desktop window that fits the monitor; its mouse
//     acts as a finger, through Poll.
//   - "memory": no display at all, raylib's software renderer draws into
//     memory. For tests, for screenshots and for showing the screen elsewhere.
//     Never on a terminal.
//   - "drm": a board's display without X or Wayland, rotated if the panel is
//     mounted sideways. Touches come from package hal, not from here.
//
// What is drawn is the same on all three: text stands on whole pixels where
// package text measured it, and every round or slanted edge comes from a mask
// made by package mask, because neither a board's GPU nor the software
// renderer smooths edges by itself.
//
// raylib holds its state in C globals and its GPU context in a thread: at most
// one Screen is open at a time, and all its methods are called from the main
// thread (runtime.LockOSThread in an init or in main).
//
// Sound is a device like those of package hal, opened by OpenSound, and has
// threads of its own; builds for memory have none.
package raylib
