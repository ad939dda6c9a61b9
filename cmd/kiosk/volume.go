package main

import (
	"net/url"
	"strconv"

	"tram06/firmware/config"
)

// startVolume is how loud a visit begins: as the sound card's URI says, or 0
// where that leaves it to the driver.
func startVolume(sound config.Device) int {
	u, err := url.Parse(string(sound))
	if err != nil {
		return 0
	}
	v, err := strconv.Atoi(u.Query().Get("volume"))
	if err != nil {
		return 0 // the driver says what is wrong
	}
	return v
}
