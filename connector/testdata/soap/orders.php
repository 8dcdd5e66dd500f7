<?php
// A SOAP service of PHP's own server, for the tests: /1.1 and /1.2 speak a version each.
ini_set('soap.wsdl_cache_enabled', '0');

class Orders
{
    private string $token = '';

    public function Session($session)
    {
        $this->token = $session->Token;
    }

    public function PutOrder($order)
    {
        if ($this->token !== 'open sesame') {
            throw new SoapFault('Client.Authentication', 'The token is wrong.');
        }
        if ($order->Number === 'busy') {
            throw new SoapFault('Server', 'Ask again later.');
        }
        $lines = $order->Line ?? [];
        $lines = is_array($lines) ? $lines : [$lines];
        $total = array_sum(array_map(fn($line) => $line->Quantity, $lines));
        return ['Number' => $order->Number, 'Total' => $total, 'Line' => $lines];
    }
}

$version = $_SERVER['REQUEST_URI'] === '/1.2' ? SOAP_1_2 : SOAP_1_1;
$server = new SoapServer(__DIR__ . '/orders.wsdl', ['soap_version' => $version]);
$server->setClass('Orders');
$server->handle();
