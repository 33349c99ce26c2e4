// What update in another file of optimizer/ gives, of as many parameters as Numbers holds.
struct Updated {
    w: Numbers,
    moment0: Numbers,
    moment1: Numbers,
}
