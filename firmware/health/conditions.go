package health

// The codes. The name says the condition, the value is what people read out.
const (
	ScanNotCard       Code = "QUET-101"
	ScanGarbage       Code = "QUET-102"
	ScannerGone       Code = "QUET-110"
	NotIDCard         Code = "THE-101"
	AccessRefused     Code = "THE-102"
	ChipError         Code = "THE-103"
	CardLifted        Code = "THE-104"
	DataChanged       Code = "THE-105"
	CardDiffers       Code = "THE-106"
	SignatureBad      Code = "THE-107"
	ReaderGone        Code = "THE-110"
	CardLeft          Code = "THE-111"
	IssuerWrong       Code = "THE-112"
	SignerExpired     Code = "THE-113"
	SignerRevoked     Code = "THE-114"
	ChipCloned        Code = "THE-115"
	Downgraded        Code = "THE-116"
	SeveralCards      Code = "THE-117"
	ReaderFault       Code = "THE-118"
	PrinterGone       Code = "IN-201"
	PaperOut          Code = "IN-202"
	PaperLow          Code = "IN-203"
	CoverOpen         Code = "IN-204"
	PrinterFault      Code = "IN-205"
	PrintUnclear      Code = "IN-206"
	PrinterSilent     Code = "IN-207"
	PrinterHot        Code = "IN-208"
	NetDown           Code = "MANG-301"
	NetSlow           Code = "MANG-302"
	GatewayError      Code = "MANG-303"
	GatewayHalf       Code = "MANG-304"
	NetAddress        Code = "MANG-305"
	NetName           Code = "MANG-306"
	GatewayTLS        Code = "MANG-307"
	GatewayClient     Code = "MANG-308"
	FleetDown         Code = "MANG-310"
	Refused           Code = "HS-401"
	NotKept           Code = "HS-402"
	StoreReplaced     Code = "HS-403"
	ConfigUnknown     Code = "CH-501"
	ConfigMissing     Code = "CH-502"
	ConfigValue       Code = "CH-503"
	ConfigFile        Code = "CH-504"
	ScreenDown        Code = "MAY-601"
	TouchGone         Code = "MAY-602"
	Running           Code = "MAY-603"
	TouchUncalibrated Code = "MAY-604"
	KeypadGone        Code = "MAY-610"
	LampsGone         Code = "MAY-611"
	BuzzerGone        Code = "MAY-612"
	SoundGone         Code = "MAY-613"
	SwitchGone        Code = "MAY-614"
	SwitchBouncing    Code = "MAY-615"
	SwitchStuck       Code = "MAY-616"
	FanGone           Code = "MAY-617"
	FanStalled        Code = "MAY-618"
	BacklightGone     Code = "MAY-619"
	ThermometerGone   Code = "MAY-620"
	ThermometerSensor Code = "MAY-621"
	MachineWarm       Code = "MAY-622"
	MachineHot        Code = "MAY-623"
	ClockGone         Code = "MAY-624"
	ClockUnset        Code = "MAY-625"
	ClockBattery      Code = "MAY-626"
	ClockWrong        Code = "MAY-627"
	WatchdogGone      Code = "MAY-628"
	WatchdogWeak      Code = "MAY-629"
	DoorOpen          Code = "MAY-630"
	Tampered          Code = "MAY-631"
	DiskLow           Code = "MAY-632"
	DiskFull          Code = "MAY-633"
	MemoryLow         Code = "MAY-634"
	CertSoon          Code = "MAY-635"
	CertExpired       Code = "MAY-636"
	CertWrong         Code = "MAY-637"
	DeviceInUse       Code = "MAY-650"
	DeviceBusy        Code = "MAY-651"
	ClockUnsynced     Code = "MAY-652"
	ClockDiffers      Code = "MAY-653"
	PowerWeak         Code = "MAY-654"
	DiskSlow          Code = "MAY-655"
	TrustFile         Code = "MAY-656"
)

var conditions = []Condition{
	{ScanNotCard, "scan.not_card", Info,
		Words{"Mã này không phải của thẻ", "This is not the code of an ID card"},
		Words{"Mời quét mã QR ở góc thẻ căn cước.", "Please scan the QR code on your ID card."},
		Words{"Không cần làm gì. Nếu lặp lại nhiều lần, lau kính máy quét.", "Nothing to do. If it repeats, clean the scanner's window."}},
	{ScanGarbage, "scan.garbage", Warn,
		Words{"Máy chưa đọc được mã", "The code could not be read"},
		Words{"Mời đưa thẻ ra xa một chút rồi quét lại.", "Please move the card back a little and scan again."},
		Words{"Máy quét gửi dữ liệu rác. Kiểm tra tốc độ cổng nối tiếp trong board.yaml, cáp, và chế độ UTF-8 của máy quét.", "The scanner sends garbage. Check the baud rate in board.yaml, the cable, and the scanner's UTF-8 mode."}},
	{ScannerGone, "scanner.gone", Error,
		Words{"Máy quét mã đang hỏng", "The code scanner is not working"},
		Words{"Quý vị có thể gõ 6 số cuối của thẻ.", "You can type the last 6 digits of your card instead."},
		Words{"Cắm lại cáp máy quét. Kiểm tra tên thiết bị trong board.yaml (devices.scanner).", "Plug the scanner in again. Check devices.scanner in board.yaml."}},
	{NotIDCard, "card.not_id", Info,
		Words{"Đây không phải thẻ căn cước gắn chip", "This is not a chip ID card"},
		Words{"Mời đặt thẻ căn cước gắn chip lên ô sáng đèn.", "Please lay your chip ID card on the lit field."},
		Words{"Không cần làm gì. Nếu thẻ căn cước thật bị báo như vậy, ghi lại loại thẻ và báo kỹ thuật.", "Nothing to do. If a real ID card is refused so, note its kind and report it."}},
	{AccessRefused, "card.access", Info,
		Words{"Số không khớp với thẻ", "The number does not match the card"},
		Words{"Mời quét đúng mã trên chính thẻ này, rồi đặt thẻ lại.", "Please scan the code on this very card, then lay it down again."},
		Words{"Mã QR và thẻ là của hai thẻ khác nhau, hoặc gõ nhầm số. Chip không bị khóa.", "QR and card belong to different cards, or a digit was mistyped. The chip is not blocked."}},
	{ChipError, "card.chip", Warn,
		Words{"Máy chưa đọc được chip", "The chip could not be read"},
		Words{"Mời nhấc thẻ ra, rồi đặt lại ngay giữa ô.", "Please lift the card and lay it in the middle again."},
		Words{"Thẻ trả lời sai giao thức. Nếu xảy ra với nhiều thẻ: kiểm tra đầu đọc và vị trí ăng-ten.", "The card broke the protocol. If several cards do so, check the reader and its antenna."}},
	{CardLifted, "card.lifted", Info,
		Words{"Thẻ nhấc ra hơi sớm", "The card was lifted a little early"},
		Words{"Máy chưa đọc xong. Chưa mất gì cả.", "The reading was not finished. Nothing is lost."},
		Words{"Không cần làm gì.", "Nothing to do."}},
	{DataChanged, "card.hash", Error,
		Words{"Thông tin trong chip không khớp", "The data on the chip does not match"},
		Words{"Máy không dùng được thẻ này. Mời mang thẻ sang quầy.", "This machine cannot use this card. Please take it to the counter."},
		Words{"Một nhóm dữ liệu không khớp mã băm trong SOD: chip hỏng hoặc bị sửa. Chuyển cho cán bộ.", "A data group does not match its hash in the SOD: a damaged or altered chip. Refer to an officer."}},
	{CardDiffers, "card.differs", Warn,
		Words{"Mã QR và chip khác nhau", "The QR code and the chip differ"},
		Words{"Mời quét mã trên chính thẻ đang đặt.", "Please scan the code of the very card on the reader."},
		Words{"Số trên QR khác số trong chip. Không gộp hai nguồn; chuyển cho cán bộ nếu là cùng một thẻ.", "The number in the QR differs from the chip's. Never merged; refer to an officer if it is one card."}},
	{SignatureBad, "card.signature", Error,
		Words{"Chữ ký trên chip không đúng", "The signature on the chip is not valid"},
		Words{"Máy không dùng được thẻ này. Mời mang thẻ sang quầy.", "This machine cannot use this card. Please take it to the counter."},
		Words{"SOD không qua được phép kiểm tra chữ ký. Chuyển cho cán bộ.", "The SOD failed signature verification. Refer to an officer."}},
	{ReaderGone, "reader.gone", Error,
		Words{"Đầu đọc thẻ đang hỏng", "The card reader is not working"},
		Words{"Quý vị có thể đi tiếp bằng mã QR, hoặc sang quầy.", "You can go on with the QR code, or ask at the counter."},
		Words{"Cắm lại đầu đọc. Kiểm tra dịch vụ pcscd và devices.reader trong board.yaml.", "Plug the reader in again. Check pcscd and devices.reader in board.yaml."}},
	{CardLeft, "card.left", Info,
		Words{"Xin cầm lại thẻ", "Please take your card"},
		Words{"Thẻ của quý vị còn trên máy.", "Your card is still on the machine."},
		Words{"Có thẻ bị bỏ quên trên đầu đọc. Giữ hộ và trả lại.", "A card was left on the reader. Keep it safe and return it."}},
	{IssuerWrong, "card.chain", Error,
		Words{"Nơi cấp ghi trong chip không đúng", "The issuer named on the chip is not right"},
		Words{"Máy không dùng được thẻ này. Mời mang thẻ sang quầy.", "This machine cannot use this card. Please take it to the counter."},
		Words{"Chứng thư ký chip mang tên một CSCA trong kho nhưng không do CSCA đó ký. Xem kho CSCA còn đúng không (kiosk card trust list); nếu đúng, chuyển cho cán bộ.", "The document signer names a CSCA of the store and is not signed by it. Look whether the store is right (kiosk card trust list); if so, refer to an officer."}},
	{SignerExpired, "card.signer_expired", Error,
		Words{"Chữ ký trên chip làm ngoài thời hạn", "The signature on the chip was made out of its time"},
		Words{"Máy không dùng được thẻ này. Mời mang thẻ sang quầy.", "This machine cannot use this card. Please take it to the counter."},
		Words{"Chứng thư ký chip, hoặc CSCA của nó, không có hiệu lực lúc ký. Kiểm tra ngày giờ của máy; nếu đúng, chuyển cho cán bộ.", "The document signer, or its CSCA, was not valid when it signed. Check the clock of this machine; if it is right, refer to an officer."}},
	{SignerRevoked, "card.signer_revoked", Error,
		Words{"Chữ ký trên chip đã bị thu hồi", "The signature on the chip has been withdrawn"},
		Words{"Máy không dùng được thẻ này. Mời mang thẻ sang quầy.", "This machine cannot use this card. Please take it to the counter."},
		Words{"Chứng thư ký chip, hoặc CSCA của nó, nằm trong danh sách thu hồi (CRL). Chuyển cho cán bộ.", "The document signer, or its CSCA, is on a revocation list (CRL). Refer to an officer."}},
	{ChipCloned, "card.clone", Error,
		Words{"Chip chưa chứng minh được là chip gốc", "The chip could not prove that it is the original"},
		Words{"Máy không dùng được thẻ này. Mời mang thẻ sang quầy.", "This machine cannot use this card. Please take it to the counter."},
		Words{"Chip không có khóa riêng ứng với khóa công khai trong dữ liệu đã ký: bản sao, hoặc chip hỏng. Chuyển cho cán bộ.", "The chip lacks the private key that belongs to the public key in its signed data: a copy, or a damaged chip. Refer to an officer."}},
	{Downgraded, "card.downgraded", Info, Words{}, Words{},
		Words{"Dữ liệu đã ký nói chip có cách mở tốt hơn (PACE thay vì BAC, hoặc bộ mã mạnh hơn), nhưng lần này chip không nhận. Một lần thì không sao; nếu nhiều thẻ bị vậy trên một máy, kiểm tra có ai gắn gì vào đầu đọc.", "Signed data say that the chip opens in a better way (PACE instead of BAC, or a stronger variant), which it did not take. Once is no matter; if many cards do so on one machine, look whether something was put on its reader."}},
	{SeveralCards, "reader.several_cards", Info,
		Words{"Có nhiều thẻ trên đầu đọc", "There are several cards on the reader"},
		Words{"Mời chỉ đặt một thẻ căn cước.", "Please lay down your ID card only."},
		Words{"Không cần làm gì. Nếu lặp lại khi chỉ có một thẻ: có thẻ hoặc nhãn RFID nằm gần ăng-ten.", "Nothing to do. If it repeats with one card only, another card or RFID label lies near the antenna."}},
	{ReaderFault, "reader.fault", Error,
		Words{"Đầu đọc thẻ đang hỏng", "The card reader is not working"},
		Words{"Quý vị có thể đi tiếp bằng mã QR, hoặc sang quầy.", "You can go on with the QR code, or ask at the counter."},
		Words{"Đầu đọc báo lỗi phần cứng (ăng-ten hoặc nguồn). Tắt mở nguồn; nếu lặp lại, thay đầu đọc.", "The reader reports a fault of its antenna or supply. Switch it off and on; if it repeats, replace it."}},
	{PrinterGone, "printer.gone", Error,
		Words{"Máy không in được", "The printer is not working"},
		Words{"Mời chép lại số biên nhận trên màn hình.", "Please write down the receipt number on the screen."},
		Words{"Kiểm tra nguồn và cáp máy in, devices.printer trong board.yaml.", "Check the printer's power and cable, and devices.printer in board.yaml."}},
	{PaperOut, "printer.paper_out", Error,
		Words{"Máy in hết giấy", "The printer is out of paper"},
		Words{"Mời chép lại số biên nhận trên màn hình.", "Please write down the receipt number on the screen."},
		Words{"Thay cuộn giấy, đóng nắp.", "Replace the paper roll and close the cover."}},
	{PaperLow, "printer.paper_near_end", Warn, Words{}, Words{},
		Words{"Giấy sắp hết: chuẩn bị cuộn mới.", "Paper is near its end: have a new roll ready."}},
	{CoverOpen, "printer.cover_open", Error,
		Words{"Nắp máy in đang mở", "The printer's cover is open"},
		Words{"Mời chép lại số biên nhận trên màn hình.", "Please write down the receipt number on the screen."},
		Words{"Đóng nắp máy in.", "Close the printer's cover."}},
	{PrinterFault, "printer.fault", Error,
		Words{"Máy in bị kẹt", "The printer is jammed"},
		Words{"Mời chép lại số biên nhận trên màn hình.", "Please write down the receipt number on the screen."},
		Words{"Máy in báo lỗi cơ khí hoặc dao cắt: tắt, gỡ giấy kẹt, bật lại.", "The printer reports a mechanical or cutter error: switch off, clear the paper, switch on."}},
	{PrintUnclear, "printer.job_unknown", Warn,
		Words{"Máy không chắc đã in xong", "The machine is not sure that it printed"},
		Words{"Nếu chưa có biên nhận, mời bấm “In lại”.", "If no receipt came out, press “Print again”."},
		Words{"Mất liên lạc khi đang in. Máy không tự in lại. Kiểm tra cáp.", "Contact was lost while printing. Never reprinted by itself. Check the cable."}},
	{PrinterSilent, "printer.no_status", Warn, Words{}, Words{},
		Words{"Máy in không trả lời trạng thái: máy chỉ báo “không chắc”. Dùng máy in có DLE EOT.", "The printer does not answer status: every job ends as “not sure”. Use one that answers DLE EOT."}},
	{PrinterHot, "printer.hot", Warn,
		Words{"Máy in đang quá nóng", "The printer is too hot"},
		Words{"Mời chép lại số biên nhận trên màn hình.", "Please write down the receipt number on the screen."},
		Words{"Đầu in quá nóng, máy in tự nghỉ rồi in tiếp. Nếu lặp lại: thông khe gió, xem quạt, tránh nắng chiếu vào máy.", "The print head is too hot; the printer pauses and goes on by itself. If it repeats: clear the vents, look at the fan, keep the sun off the machine."}},
	{NetDown, "gateway.down", Warn,
		Words{"Chưa gửi được, hồ sơ cất trên máy", "Not sent yet, kept safely on this machine"},
		Words{"Mạng đang mất. Máy tự gửi khi có mạng.", "The network is down. The machine sends it by itself later."},
		Words{"Không tới được cổng tiếp nhận. Kiểm tra mạng và gateway.url trong site.yaml.", "The gateway cannot be reached. Check the network and gateway.url in site.yaml."}},
	{NetSlow, "gateway.slow", Warn,
		Words{"Chưa gửi xong, hồ sơ cất trên máy", "Not finished sending, kept safely on this machine"},
		Words{"Mạng đang chậm. Máy tự gửi tiếp.", "The network is slow. The machine goes on by itself."},
		Words{"Cổng tiếp nhận không trả lời kịp.", "The gateway did not answer in time."}},
	{GatewayError, "gateway.error", Warn,
		Words{"Chưa gửi được, hồ sơ cất trên máy", "Not sent yet, kept safely on this machine"},
		Words{"Bên nhận đang trục trặc. Máy tự gửi lại.", "The receiving side has trouble. The machine tries again by itself."},
		Words{"Cổng tiếp nhận trả lỗi 5xx. Xem nhật ký của cổng.", "The gateway answers 5xx. See the gateway's log."}},
	{GatewayHalf, "gateway.half", Warn,
		Words{"Chưa gửi xong, hồ sơ cất trên máy", "Not finished sending, kept safely on this machine"},
		Words{"Mạng bị ngắt giữa chừng. Máy tự gửi lại, không gửi trùng.", "The connection broke off. The machine sends it again, never twice."},
		Words{"Câu trả lời bị cắt ngang, hoặc không phải của cổng tiếp nhận: kiểm tra gateway.url và những gì đứng giữa (proxy, trang đăng nhập mạng). Hồ sơ có thể đã tới; gửi lại với cùng mã nên không trùng.", "The answer was cut short, or is none of the gateway's: check gateway.url and what stands in between (a proxy, a network's log-in page). The dossier may have arrived; it is sent again under the same id."}},
	{NetAddress, "network.no_address", Error, Words{}, Words{},
		Words{"Máy không có địa chỉ mạng: kiểm tra dây mạng, đèn cổng và DHCP.", "The machine has no network address: check the cable, the port’s lamps and DHCP."}},
	{NetName, "network.no_name", Error, Words{}, Words{},
		Words{"Không phân giải được tên máy chủ: kiểm tra DNS.", "The server’s name cannot be resolved: check DNS."}},
	{GatewayTLS, "gateway.tls", Error, Words{}, Words{},
		Words{"Cổng tiếp nhận không được tin hoặc không nhận chứng thư của máy: kiểm tra gateway.ca, gateway.cert, ngày giờ.", "The gateway is not trusted, or refuses this machine’s certificate: check gateway.ca, gateway.cert and the clock."}},
	{GatewayClient, "gateway.client", Error, Words{}, Words{},
		Words{"Cổng tiếp nhận không nhận chứng thư của máy này: xem hạn, xem đơn vị cấp, rồi cấp lại và đặt đúng gateway.cert, gateway.key.", "The gateway refuses this machine’s certificate: look at its dates and at who issued it, renew it, and set gateway.cert and gateway.key."}},
	{FleetDown, "fleet.down", Warn, Words{}, Words{},
		Words{"Không tới được máy chủ giám sát. Kiosk vẫn phục vụ. Kiểm tra fleet.url trong site.yaml.", "The fleet server cannot be reached. The kiosk goes on serving. Check fleet.url in site.yaml."}},
	{Refused, "dossier.refused", Error,
		Words{"Cơ quan không nhận hồ sơ này", "The authority did not take this dossier"},
		Words{"Mời mang biên nhận sang quầy. Hồ sơ vẫn giữ trên máy.", "Please take the receipt to the counter. The dossier is still kept here."},
		Words{"Cổng tiếp nhận từ chối vĩnh viễn (4xx). Kiểm tra phiên bản biểu mẫu ở hai bên.", "The gateway refuses for good (4xx). Compare the form's versions on both sides."}},
	{NotKept, "dossier.not_kept", Error,
		Words{"Máy chưa cất được hồ sơ", "The dossier could not be kept"},
		Words{"Hồ sơ chưa được nộp. Mời thử lại, hoặc sang quầy.", "Nothing was submitted. Please try again or ask at the counter."},
		Words{"Không ghi được vào kho (đĩa đầy hoặc hỏng). Kiểm tra đĩa.", "The store cannot be written (disk full or broken). Check the disk."}},
	{StoreReplaced, "store.replaced", Error, Words{}, Words{},
		Words{"Kho hồ sơ hỏng đã được để riêng, kho mới đã mở. Giữ tệp .corrupt và báo kỹ thuật ngay.", "A corrupt store was set aside and a new one begun. Keep the .corrupt file and call support at once."}},
	{ConfigUnknown, "config.unknown", Error, Words{}, Words{},
		Words{"Tệp cấu hình có khóa lạ: sửa theo dòng được chỉ ra.", "A configuration file has an unknown key: mend the line that is named."}},
	{ConfigMissing, "config.missing", Error, Words{}, Words{},
		Words{"Tệp cấu hình thiếu một giá trị: thêm theo lời chỉ dẫn.", "A configuration file lacks a value: add it as told."}},
	{ConfigValue, "config.value", Error, Words{}, Words{},
		Words{"Giá trị hoặc đơn vị sai trong tệp cấu hình: sửa theo lời chỉ dẫn.", "A wrong value or unit in a configuration file: mend it as told."}},
	{ConfigFile, "config.file", Error, Words{}, Words{},
		Words{"Không đọc được tệp cấu hình: kiểm tra đường dẫn và quyền.", "A configuration file cannot be read: check its path and rights."}},
	{ScreenDown, "screen.down", Error, Words{}, Words{},
		Words{"Không mở được màn hình: kiểm tra cáp; hệ thống tự khởi động lại.", "The screen cannot be opened: check its cable; the system restarts it."}},
	{TouchGone, "touch.gone", Error, Words{}, Words{},
		Words{"Mất cảm ứng: kiểm tra cáp, devices.touch trong board.yaml.", "Touch is gone: check its cable and devices.touch in board.yaml."}},
	{Running, "kiosk.running", Error, Words{}, Words{},
		Words{"Đã có một kiosk chạy với thư mục trạng thái này.", "A kiosk is already running with this state directory."}},
	{TouchUncalibrated, "touch.uncalibrated", Warn, Words{}, Words{},
		Words{"Cảm ứng chạy mà chưa hiệu chỉnh: thiếu hoặc hỏng tệp calibration-file nêu trong devices.touch. Chạy kiosk touch calibrate.", "Touch works uncalibrated: the calibration-file that devices.touch names is missing or broken. Run kiosk touch calibrate."}},
	{KeypadGone, "keypad.gone", Warn, Words{}, Words{},
		Words{"Mất bàn phím nổi: cắm lại cáp; kiểm tra devices.keypad trong board.yaml.", "The tactile keypad is gone: plug it in again; check devices.keypad in board.yaml."}},
	{LampsGone, "lamps.gone", Warn, Words{}, Words{},
		Words{"Không điều khiển được đèn: kiểm tra dây và devices.lamps trong board.yaml.", "The lamps cannot be driven: check the wiring and devices.lamps in board.yaml."}},
	{BuzzerGone, "buzzer.gone", Warn, Words{}, Words{},
		Words{"Không điều khiển được còi: kiểm tra dây và devices.buzzer trong board.yaml.", "The buzzer cannot be driven: check the wiring and devices.buzzer in board.yaml."}},
	{SoundGone, "sound.gone", Warn, Words{}, Words{},
		Words{"Không phát được tiếng: kiểm tra cạc âm thanh, loa và devices.sound trong board.yaml.", "No sound can be played: check the sound card, the loudspeaker and devices.sound in board.yaml."}},
	{SwitchGone, "switch.gone", Warn, Words{}, Words{},
		Words{"Không đọc được công tắc (cửa, chống mở trộm, cảm biến người): kiểm tra dây và board.yaml.", "A contact (door, tamper or presence) cannot be read: check its wiring and board.yaml."}},
	{SwitchBouncing, "switch.bouncing", Warn, Words{}, Words{},
		Words{"Công tắc chập chờn không yên: siết lại đầu dây, thay công tắc.", "A contact never comes to rest: tighten its wires or replace it."}},
	{SwitchStuck, "switch.stuck", Warn, Words{}, Words{},
		Words{"Công tắc đóng lâu bất thường: xem có bị kẹt hay bị che không.", "A contact is on for longer than it can be: see whether it is jammed or covered."}},
	{FanGone, "fan.gone", Warn, Words{}, Words{},
		Words{"Không điều khiển được quạt: kiểm tra dây và devices.fan trong board.yaml.", "The fan cannot be driven: check its wiring and devices.fan in board.yaml."}},
	{FanStalled, "fan.stalled", Error, Words{}, Words{},
		Words{"Quạt được lệnh quay mà đứng yên: làm sạch bụi hoặc thay quạt trước khi máy quá nóng.", "The fan was told to turn and stands still: clean or replace it before the machine overheats."}},
	{BacklightGone, "backlight.gone", Warn, Words{}, Words{},
		Words{"Không chỉnh được độ sáng màn hình: kiểm tra devices.backlight trong board.yaml.", "The brightness of the panel cannot be set: check devices.backlight in board.yaml."}},
	{ThermometerGone, "thermometer.gone", Warn, Words{}, Words{},
		Words{"Không đọc được nhiệt độ máy: kiểm tra devices.thermometer trong board.yaml.", "The temperature cannot be read: check devices.thermometer in board.yaml."}},
	{ThermometerSensor, "thermometer.sensor", Warn, Words{}, Words{},
		Words{"Một cảm biến nhiệt không trả lời đúng: các cảm biến khác vẫn được dùng.", "One temperature sensor answers wrongly; the others are still used."}},
	{MachineWarm, "machine.warm", Warn, Words{}, Words{},
		Words{"Máy nóng: lau bụi khe thông gió, xem quạt và chỗ đặt máy.", "The machine is warm: clean its vents, look at the fan and at where it stands."}},
	{MachineHot, "machine.hot", Error, Words{}, Words{},
		Words{"Máy quá nóng, có thể tự tắt: làm mát ngay, xem quạt, tránh nắng.", "The machine is too hot and may switch itself off: cool it at once, look at the fan, keep it out of the sun."}},
	{ClockGone, "clock.gone", Warn, Words{}, Words{},
		Words{"Không đọc được đồng hồ có pin: kiểm tra devices.clock trong board.yaml.", "The clock with a battery cannot be read: check devices.clock in board.yaml."}},
	{ClockUnset, "clock.unset", Warn, Words{}, Words{},
		Words{"Đồng hồ có pin đã mất giờ: nối mạng để đặt lại giờ, rồi thay pin.", "The clock with a battery lost its time: connect the network so that it is set, then replace the battery."}},
	{ClockBattery, "clock.battery", Warn, Words{}, Words{},
		Words{"Pin đồng hồ yếu: thay pin (thường là CR2032).", "The clock’s battery is low: replace it (mostly a CR2032)."}},
	{ClockWrong, "clock.wrong", Error, Words{}, Words{},
		Words{"Ngày giờ của máy sai: kiểm tra mạng, máy chủ giờ và pin đồng hồ trước khi phục vụ.", "The date or time of the machine is wrong: check the network, its time server and the clock’s battery before serving."}},
	{WatchdogGone, "watchdog.gone", Warn, Words{}, Words{},
		Words{"Không mở được mạch canh (watchdog): kiểm tra devices.watchdog và mô-đun của nhân.", "The watchdog cannot be opened: check devices.watchdog and the kernel’s module."}},
	{WatchdogWeak, "watchdog.weak", Warn, Words{}, Words{},
		Words{"Mạch canh dừng khi kiosk chết nên không cứu được máy: bật nowayout trong nhân.", "The watchdog stops when the kiosk dies and so cannot save it: set nowayout in the kernel."}},
	{DoorOpen, "door.open", Warn, Words{}, Words{},
		Words{"Cửa bảo trì đang mở: đóng và khóa lại khi xong việc.", "The service door is open: close and lock it when the work is done."}},
	{Tampered, "tamper.open", Error, Words{}, Words{},
		Words{"Công tắc chống mở trộm đã nhả: xem máy có bị cạy không, có gắn vật lạ ở đầu đọc không, rồi đóng vỏ lại.", "The tamper contact opened: see whether the machine was forced and whether something foreign sits on the reader, then close the case."}},
	{DiskLow, "disk.low", Warn, Words{}, Words{},
		Words{"Đĩa sắp đầy: xóa nhật ký cũ; hồ sơ chưa gửi thì không bao giờ xóa.", "The disk is nearly full: remove old logs; never remove dossiers that were not sent."}},
	{DiskFull, "disk.full", Error, Words{}, Words{},
		Words{"Đĩa đầy hoặc không ghi được: máy không cất được hồ sơ. Giải phóng chỗ hoặc thay thẻ nhớ.", "The disk is full or cannot be written: no dossier can be kept. Free space or replace the memory card."}},
	{MemoryLow, "memory.low", Warn, Words{}, Words{},
		Words{"Bộ nhớ sắp cạn: xem chương trình nào chiếm nhiều, khởi động lại máy.", "Memory is nearly used up: see which program holds it, and restart the machine."}},
	{CertSoon, "certificate.soon", Warn, Words{}, Words{},
		Words{"Chứng thư sắp hết hạn: cấp lại và chép vào trước ngày ghi.", "A certificate is about to expire: renew it and put it in before the date that is told."}},
	{CertExpired, "certificate.expired", Error, Words{}, Words{},
		Words{"Chứng thư đã hết hạn hoặc chưa có hiệu lực: máy không gửi được hồ sơ. Kiểm tra ngày giờ, rồi cấp lại chứng thư.", "A certificate has expired or is not valid yet: no dossier can be sent. Check the clock, then renew it."}},
	{CertWrong, "certificate.wrong", Error, Words{}, Words{},
		Words{"Chứng thư hoặc khóa không đọc được, hoặc không thuộc về nhau: kiểm tra các tệp trong site.yaml.", "A certificate or key cannot be read, or they do not belong together: check the files named in site.yaml."}},
	{DeviceInUse, "device.in_use", Info, Words{}, Words{},
		Words{"Kiosk đang chạy giữ thiết bị này, nên không thử. Muốn thử riêng thì dừng kiosk trước.", "The kiosk that is running holds this device, so it was not tried. Stop the kiosk first to try it by itself."}},
	{DeviceBusy, "device.busy", Warn, Words{}, Words{},
		Words{"Chương trình khác đang giữ thiết bị (ví dụ ModemManager, CUPS, brltty): tắt hoặc gỡ chương trình đó.", "Another program holds the device (ModemManager, CUPS or brltty, for example): stop or remove that program."}},
	{ClockUnsynced, "clock.unsynced", Warn, Words{}, Words{},
		Words{"Giờ máy chưa được đồng bộ: bật dịch vụ đồng bộ giờ và kiểm tra máy chủ giờ.", "The system’s clock is not synchronised: switch its time service on and check the time server."}},
	{ClockDiffers, "clock.differs", Warn, Words{}, Words{},
		Words{"Đồng hồ có pin và giờ máy lệch nhau: nối mạng và đợi đồng bộ giờ xong, kiosk đang chạy sẽ tự ghi giờ vào đồng hồ trong mười phút (hoặc ghi bằng hwclock --systohc); thay pin nếu lệch lại.", "The clock with a battery and the system differ: connect the network and wait until the time is synchronised; a kiosk that runs then sets the clock within ten minutes (or hwclock --systohc does). Replace the battery if they drift apart again."}},
	{PowerWeak, "machine.power", Warn, Words{}, Words{},
		Words{"Nguồn điện yếu hoặc máy phải giảm tốc vì nóng: dùng đúng bộ nguồn, thay dây nguồn, xem quạt.", "The power supply is too weak, or the processor slows down because of heat: use the right supply and cable, and look at the fan."}},
	{DiskSlow, "disk.slow", Warn, Words{}, Words{},
		Words{"Đĩa ghi rất chậm: thẻ nhớ có thể sắp hỏng, nên sao lưu và thay.", "The disk writes very slowly: the memory card may be failing; back it up and replace it."}},
	{TrustFile, "trust.file", Warn, Words{}, Words{},
		Words{"Có tệp trong thư mục đơn vị cấp thẻ không dùng được hoặc đã quá hạn: xem bằng kiosk card trust list, rồi thay tệp.", "A file in the folder of the authorities that sign cards cannot be used or is out of date: see kiosk card trust list, and replace it."}},
}
