// Package remote reaches touch panels that another program shows, for a kiosk
// whose glass is a desk's simulation or a test's. Package sim is the other end.
//
//	sim+evdev:///run/user/1000/touch?w=1080&h=1920
//
// The path is that of a Unix socket. All parameters are those of package evdev,
// whose driver this is, but for those that look for a device.
package remote

import (
	"errors"
	"fmt"
	"net"
	"time"

	"tram06/hal"
	"tram06/hal/evdev"
	"tram06/hal/evdev/input"
	"tram06/hal/evdev/recording"
)

// Opener opens panels over sockets. panel is the board's; now stamps touches,
// nil is time.Now.
func Opener(panel evdev.Panel, now func() time.Time) hal.Opener {
	return evdev.OpenerOn(input.System{Open: Dial}, panel, now)
}

// patience is for a simulator that stands still while it says what it is.
const patience = 2 * time.Second

// Dial opens a device that another process serves on a Unix socket.
func Dial(path string) (input.Device, error) {
	conn, err := net.Dial("unix", path)
	if err != nil {
		return nil, fmt.Errorf("simulated input device: %w: %w", hal.ErrGone, err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(patience)) // for the head
	r, err := recording.Open(conn)
	_ = conn.SetReadDeadline(time.Time{})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("simulated input device: %w: %w", hal.ErrGone, err), conn.Close())
	}
	return r, nil
}
