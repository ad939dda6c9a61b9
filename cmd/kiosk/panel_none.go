//go:build !memory

package main

import (
	"errors"

	"tram06/hal"
	"tram06/ui/raylib"
	"tram06/ui/scene"
)

// remotePanel is not part of this build: whoever reaches a panel's socket
// holds the screen in their hands.
type remotePanel struct{}

func openPanel(socket string, _ *raylib.Screen) (remotePanel, error) {
	if socket != "" {
		return remotePanel{}, usageError{errors.New("--panel: this build has no remote panel (scripts/build-kiosk memory makes one that has)")}
	}
	return remotePanel{}, nil
}

func (remotePanel) Show(*scene.Scene) error   { return nil }
func (remotePanel) Say(scene.Utterance)       {}
func (remotePanel) Touches() <-chan hal.Touch { return nil }
func (remotePanel) Keys() <-chan hal.KeyPress { return nil }
func (remotePanel) Close() error              { return nil }
