// What the headers of Unreal, Windows and Apple leave behind in every file that includes them.
#pragma once

#define check(expression) engine_check_must_not_be_called(expression)
#define verify(expression) engine_verify_must_not_be_called(expression)
#define TEXT(literal) L##literal
#define PI 3.14159265358979f
