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

// titles are the names of the parts for people.
var titles = map[string]health.Words{
	"reader":      {VI: "Đầu đọc thẻ", EN: "Card reader"},
	"scanner":     {VI: "Máy quét mã", EN: "Code scanner"},
	"printer":     {VI: "Máy in", EN: "Printer"},
	"touch":       {VI: "Cảm ứng", EN: "Touch panel"},
	"keypad":      {VI: "Bàn phím nổi", EN: "Tactile keypad"},
	"lamps":       {VI: "Đèn", EN: "Lamps"},
	"buzzer":      {VI: "Còi", EN: "Buzzer"},
	"sound":       {VI: "Âm thanh", EN: "Sound"},
	"door":        {VI: "Cửa bảo trì", EN: "Service door"},
	"tamper":      {VI: "Chống mở trộm", EN: "Tamper contact"},
	"presence":    {VI: "Cảm biến người", EN: "Presence"},
	"backlight":   {VI: "Đèn nền", EN: "Backlight"},
	"thermometer": {VI: "Nhiệt kế", EN: "Thermometer"},
	"fan":         {VI: "Quạt", EN: "Fan"},
	"clock":       {VI: "Đồng hồ có pin", EN: "Battery clock"},
	"watchdog":    {VI: "Mạch canh", EN: "Watchdog"},

	PartConfig:       {VI: "Cấu hình", EN: "Configuration"},
	PartKiosk:        {VI: "Kiosk", EN: "Kiosk"},
	PartNetwork:      {VI: "Mạng", EN: "Network"},
	PartGateway:      {VI: "Cổng tiếp nhận", EN: "Gateway"},
	PartFleet:        {VI: "Máy chủ giám sát", EN: "Fleet"},
	PartTime:         {VI: "Giờ máy", EN: "System time"},
	PartDisk:         {VI: "Đĩa", EN: "Disk"},
	PartMemory:       {VI: "Bộ nhớ", EN: "Memory"},
	PartTemperature:  {VI: "Nhiệt độ", EN: "Temperature"},
	PartPower:        {VI: "Nguồn điện", EN: "Power"},
	PartCertificates: {VI: "Chứng thư", EN: "Certificates"},
	PartTrust:        {VI: "Đơn vị cấp thẻ", EN: "Card authorities"},
}

// Title is the name of a part for people.
func (l Language) Title(part string) string {
	if w, ok := titles[part]; ok {
		return w.In(string(l))
	}
	return part
}

// names are the names of a part's examinations for people. Those that are keys of
// site.yaml or files stay as they are.
var names = map[string]health.Words{
	"name":    {VI: "tên", EN: "name"},
	"connect": {VI: "kết nối", EN: "connect"},
	"tls":     {VI: "TLS", EN: "TLS"},
	"answer":  {VI: "trả lời", EN: "answer"},
	"log-in":  {VI: "đăng nhập", EN: "log-in"},
	"space":   {VI: "chỗ trống", EN: "space"},
	"write":   {VI: "ghi", EN: "write"},
	"offset":  {VI: "so với cổng", EN: "against the gateway"},
	"close":   {VI: "đóng", EN: "close"},
}

// Name is the name of one of a part's examinations for people.
func (l Language) Name(name string) string {
	if w, ok := names[name]; ok {
		return w.In(string(l))
	}
	return name
}

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
