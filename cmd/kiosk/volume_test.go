package main

import (
	"testing"

	"tram06/firmware/config"
)

func TestStartVolume(t *testing.T) {
	for uri, want := range map[config.Device]int{
		"": 0, "audio:///": 0, "audio:///?volume=70": 70, "sim+sound://127.0.0.1:9/?volume=30": 30,
		"audio:///?volume=loud": 0, "%": 0,
	} {
		if got := startVolume(uri); got != want {
			t.Errorf("%s begins with %d, want %d", uri, got, want)
		}
	}
}
