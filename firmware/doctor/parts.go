package doctor

import (
	"slices"

	"tram06/firmware/config"
	"tram06/firmware/health"
)

// The parts that are no device of the board.
const (
	PartConfig       = "config"
	PartKiosk        = "kiosk"
	PartNetwork      = "network"
	PartGateway      = "gateway"
	PartFleet        = "fleet"
	PartTime         = "time"
	PartDisk         = "disk"
	PartMemory       = "memory"
	PartTemperature  = "temperature"
	PartPower        = "power"
	PartCertificates = "certificates"
	PartTrust        = "trust"
)

// Title is the name of a part for people.
func (l Language) Title(part string) string { return health.PartName(part).In(string(l)) }

// Name is the name of one of a part's examinations for people.
func (l Language) Name(name string) string { return health.ExaminationName(name).In(string(l)) }

// Parts lists all that can be asked for: the devices in the order of board.yaml,
// then the machine.
func Parts() []string {
	all := Devices()
	return append(all, PartConfig, PartKiosk, PartNetwork, PartGateway, PartFleet, PartTime, PartDisk, PartMemory,
		PartTemperature, PartPower, PartCertificates, PartTrust)
}

// Devices lists the parts that are devices.
func Devices() []string {
	var names []string
	for _, d := range (config.Devices{}).All() {
		names = append(names, d.Name)
	}
	return names
}

// IsDevice tells a device from a part of the machine.
func IsDevice(part string) bool { return slices.Contains(Devices(), part) }
