//go:build memory

package main

import (
	"image"

	"tram06/hal"
	"tram06/ui/panel"
	"tram06/ui/raylib"
	"tram06/ui/scene"
)

// remotePanel shows this development build's screen to the dock and the tests.
type remotePanel struct {
	server *panel.Server
	screen *raylib.Screen
}

func openPanel(socket string, screen *raylib.Screen) (*remotePanel, error) {
	if socket == "" {
		return &remotePanel{}, nil
	}
	s, err := panel.Listen(socket)
	if err != nil {
		return nil, err
	}
	return &remotePanel{server: s, screen: screen}, nil
}

func (p *remotePanel) Show(sc *scene.Scene) error {
	if p.server == nil {
		return nil
	}
	img, err := p.snapshot()
	if err != nil {
		return err
	}
	return p.server.Publish(sc, img)
}

// Say passes on what is spoken; that nobody listens any more is no trouble.
func (p *remotePanel) Say(u scene.Utterance) {
	if p.server != nil {
		_ = p.server.Say(u)
	}
}

// snapshot reuses the picture before the last: eight megabytes a frame would be
// much garbage.
func (p *remotePanel) snapshot() (*image.RGBA, error) {
	return p.screen.SnapshotInto(p.server.Spare())
}

func (p *remotePanel) Touches() <-chan hal.Touch {
	if p.server == nil {
		return nil
	}
	return p.server.Touches()
}

func (p *remotePanel) Keys() <-chan hal.KeyPress {
	if p.server == nil {
		return nil
	}
	return p.server.Keys()
}

func (p *remotePanel) Close() error {
	if p.server == nil {
		return nil
	}
	return p.server.Close()
}
