// Package doctor examines a terminal: every device of its board, the network and
// the servers behind it, clock, disk, memory, temperature and certificates. Each
// examination gives findings with the code and the remedy of the manual.
//
// All examinations run at the same time, each with a limit of its own, so that
// whatever hangs costs its limit only, and is told as such.
//
// What a running kiosk holds is not taken from it: a device that is in use is
// told to be in use, which is no fault, or judged by the health that the kiosk
// itself knows of it. A watchdog is looked at and never opened, since opening it
// starts it.
//
// Nothing here asks a person; the tests that do belong to the command.
package doctor
