package health

// devices are the names of a terminal's devices for people, by their keys in
// board.yaml.
var devices = map[string]Words{
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
}

// DeviceName is what people call a device, or its key if this program does not
// know it.
func DeviceName(key string) Words { return named(devices, key) }

func named(words map[string]Words, key string) Words {
	if w, ok := words[key]; ok {
		return w
	}
	return Words{VI: key, EN: key}
}
